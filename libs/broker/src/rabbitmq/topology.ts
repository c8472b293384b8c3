/** Scripts outside the repository import it from this path. */
export { declareTopology, namesUnder } from './topology/topology.js';
