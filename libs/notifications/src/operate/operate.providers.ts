import { AddressesNow } from './resend/addresses.now.js';
import { ImportedFacts } from './import/imported.facts.js';
import { ImportReport } from './import/import.report.js';
import { ImportStep } from './import/import.step.js';
import { ErasureService } from './erasure.service.js';
import { ListsService } from './lists.service.js';
import { NoteService } from './note.service.js';
import { PauseService } from './pause.service.js';
import { QuarantineDismissals } from './quarantine.dismissals.js';
import { QuarantineReplays } from './quarantine.replays.js';
import { ReplayLists } from './replay.lists.js';
import { ReplayRows } from './replay.rows.js';
import { ResendLists } from './resend/resend.lists.js';
import { ResendRows } from './resend/resend.rows.js';
import { ResendService } from './resend/resend.service.js';
import { ResendStep } from './resend/resend.step.js';
import { ResendWrites } from './resend/resend.writes.js';
import { AddressesLeft } from './unreachable/addresses.left.js';
import { UnreachableService } from './unreachable/unreachable.service.js';
import { ResolutionService } from './resolution.service.js';
import { WhyReader } from './why/why.facts.js';
import { WhyService } from './why/why.service.js';

/** What pages, HTTP and the terminal call, the same services for all of them, and what those are made of. */
export const OPERATE_PROVIDERS = [
  ErasureService,
  ImportedFacts,
  ImportReport,
  ImportStep,
  ListsService,
  NoteService,
  PauseService,
  QuarantineDismissals,
  QuarantineReplays,
  ReplayLists,
  ReplayRows,
  ResendLists,
  ResendRows,
  ResendService,
  ResolutionService,
  UnreachableService,
  WhyService,
  AddressesLeft,
  AddressesNow,
  ResendStep,
  ResendWrites,
  WhyReader,
];
