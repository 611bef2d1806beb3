/** The address of an object in S3, as a batch keeps it for its name. */
export function addressOf(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** The parts of such an address; undefined for any other text. */
export function partsOf(address: string): { bucket: string; key: string } | undefined {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

/** What is written beside a list, by what it holds. */
export const RESULT_NAMES = {
  results: '.results.csv',
  remaining: '.remaining.csv',
  summary: '.summary.json',
} as const;

/** What cannot be a list: a result of ours, and what a console makes for a folder. */
export function isNoList(key: string): boolean {
  return key.endsWith('/') || Object.values(RESULT_NAMES).some((ending) => key.endsWith(ending));
}
