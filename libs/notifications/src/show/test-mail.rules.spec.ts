import { expect, it } from 'vitest';
import { isAllowed } from './test-mail.rules.js';

it.each([
  ['nobody is allowed', 'ops@example.org', [], false],
  ['the address is listed', 'Ops@Example.org', ['ops@example.org'], true],
  ['its domain is listed', 'ops@example.org', ['example.org'], true],
  ['only a domain above it is listed', 'ops@mail.example.org', ['example.org'], false],
  ['only a domain that ends alike is listed', 'ops@bad-example.org', ['example.org'], false],
  ['the name holds a listed domain', '"x@example.org"@example.net', ['example.org'], false],
  ['all are', 'ops@example.net', ['*'], true],
])('whether a test mail may go out: %s', (_why, address, allowed, expected) => {
  expect(isAllowed(address, allowed)).toBe(expected);
});
