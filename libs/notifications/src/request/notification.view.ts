/** A mail as it is shown: everything but addresses and contents. */
export const notificationView = {
  id: true,
  taxReturnId: true,
  template: true,
  stage: true,
  occurrence: true,
  submissionId: true,
  userId: true,
  batchId: true,
  incident: true,
  state: true,
  reason: true,
  attempt: true,
  dueAt: true,
  notAfter: true,
  requestedAt: true,
  openedAt: true,
  settledAt: true,
  deliveredAt: true,
  bouncedAt: true,
  bounceReason: true,
  fellBackAt: true,
} as const;

/** A conversation with a relay as it is shown. */
export const deliveryView = {
  attempt: true,
  outcome: true,
  reason: true,
  responseCode: true,
  response: true,
  relay: true,
  language: true,
  templateVersion: true,
  openedAt: true,
  settledAt: true,
} as const;
