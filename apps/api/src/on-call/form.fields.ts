import { z } from 'zod';
import { Problem } from '../problems/problem.js';

/** What somebody says about an action: never nothing. */
export const words = z.string().trim().min(1, 'say why, for whoever reads it later').max(500);

/** @throws Problem that names every field at fault. */
export function readAs<Schema extends z.ZodType>(schema: Schema, fields: unknown): z.infer<Schema> {
  const read = schema.safeParse(fields);
  if (read.success) return read.data;
  throw Problem.invalid(
    read.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, detail: message })),
  );
}
