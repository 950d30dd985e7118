import { testSeeds } from './seeds.js';

testSeeds(2);
