import { AlarmService } from './alarm.service.js';
import { ContradictionGuard } from './guards/contradiction.guard.js';
import { GuardPauses } from './guards/guard.pauses.js';
import { Guards } from './guards/guards.js';
import { ReturnsGuard } from './guards/returns.guard.js';
import { VolumeGuard } from './guards/volume.guard.js';
import { Metrics } from './metrics/metrics.js';
import { RecordGauges } from './metrics/record.gauges.js';
import { OutgoingService } from './outgoing.service.js';
import { OverTimeService } from './over.time.service.js';
import { ServiceLevelCounting } from './service-level/service-level.counting.js';
import { ServiceLevelService } from './service-level/service-level.service.js';
import { WatchService } from './watch.service.js';

/** What the first look of on-call asks, and what pauses mails before anybody looks. */
export const WATCH_PROVIDERS = [
  AlarmService,
  OutgoingService,
  OverTimeService,
  ServiceLevelCounting,
  ServiceLevelService,
  WatchService,
  GuardPauses,
  Guards,
  VolumeGuard,
  ReturnsGuard,
  ContradictionGuard,
  RecordGauges,
  Metrics,
];
