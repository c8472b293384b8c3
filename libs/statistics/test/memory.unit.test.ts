import { createMemoryStatistics } from '../src/memory.js';
import { describeStatistics } from './contract.js';

describeStatistics('statistics in memory', () => Promise.resolve(createMemoryStatistics()));
