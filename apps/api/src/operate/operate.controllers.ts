import { ErasuresController } from './erasures.controller.js';
import { ListsController } from './lists.controller.js';
import { PausesController } from './pauses.controller.js';
import { ReplaysController } from './replays.controller.js';
import { ResendsController } from './resends.controller.js';
import { UnreachableController } from './unreachable.controller.js';
import { WhyController } from './why.controller.js';

/** What on-call does, over HTTP. */
export const OPERATE_CONTROLLERS = [
  ErasuresController,
  ListsController,
  PausesController,
  ReplaysController,
  ResendsController,
  UnreachableController,
  WhyController,
];
