/** Scripts outside the repository import the topology from this path. */
export { declareTopology, namesUnder } from './topology/topology.js';
