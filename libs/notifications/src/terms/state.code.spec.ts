import { expect, it } from 'vitest';
import { postalCodeOf } from './state.code.js';

it('Direct File’s two wrong names of states are Kansas and Idaho, its others their postal codes', () => {
  expect(['ka', 'ia', 'az', 'ny', 'wi'].map(postalCodeOf)).toEqual(['KS', 'ID', 'AZ', 'NY', 'WI']);
});

it('a postal code stays one: IA is Iowa', () => {
  expect(['IA', 'KS', 'Kansas', ''].map(postalCodeOf)).toEqual(['IA', 'KS', 'Kansas', '']);
});
