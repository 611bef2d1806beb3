import { z } from 'zod';

export const live = z.object({ status: z.literal('live') }).meta({ id: 'Live' });

export const ready = z
  .object({
    status: z.literal('ready'),
    database: z.literal('up'),
    sendQueue: z.record(z.string(), z.union([z.literal('down'), z.record(z.string(), z.int())])),
  })
  .meta({
    id: 'Ready',
    description: 'What is sent here can be committed. A send queue that is down loses nothing.',
  });
