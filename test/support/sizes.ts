/**
 * How much is done of what is slow by its nature. `npm test` does as much as shows the promise, `npm run test:endurance`
 * as much as makes it hard to keep.
 */
export const isEndurance = process.env.TEST_SIZE === 'endurance';

const sizes = {
  test: {
    chaos: { events: 80, killAt: [20, 40], underWay: 30 },
    /** Mails on their way when a server restarts, fails over or speaks TLS. */
    restart: { mails: 40 },
    /** Mails that a relay refuses for an hour. */
    incident: { failed: 120 },
    /** Rows of the crash table on a second store of jobs: those that rest on it, or all. */
    crashTable: { everyRowOnEveryStore: false },
    /** Lines of an upload, and of the one before it that breaks off; blanks behind each, so that it is larger than the heap. */
    lines: { all: 10_000, part: 2_000, blanks: 15_000 },
    /** Rows of a list that is uploaded, and megabytes of what is none. */
    uploads: { rows: 50_000, megabytes: 16 },
    /** Redis is what thousands of mails a minute run on; Postgres shows that nothing depends on it. */
    twice: { redis: 600, postgres: 200 },
    connections: { events: 100 },
    /** Rounds of mails to a relay that misbehaves by chance. */
    misbehaving: { rounds: 4, mails: 60 },
    /** Rounds in which an upstream is asked that answers anything, and about how many. */
    pollRounds: { rounds: 25, submissions: 30 },
    /** Rows of each table that a plan must not read all of. */
    plans: { rows: 20_000 },
    /** Rows of a list; those of them that name somebody known, whose error is resolved; and of these, those with an address. */
    batchRows: { rows: 4_000, known: 1_200, mails: 150 },
    /** Stories of streams, and steps of each at least. */
    statusStreams: { runs: 5, steps: 20 },
  },
  endurance: {
    chaos: { events: 1_000, killAt: [100, 200, 300, 400, 500, 600, 700, 800], underWay: 100 },
    restart: { mails: 500 },
    incident: { failed: 500 },
    crashTable: { everyRowOnEveryStore: true },
    lines: { all: 100_000, part: 20_000, blanks: 1_500 },
    uploads: { rows: 300_000, megabytes: 100 },
    twice: { redis: 10_000, postgres: 2_000 },
    connections: { events: 1_000 },
    misbehaving: { rounds: 12, mails: 200 },
    pollRounds: { rounds: 1_000, submissions: 300 },
    plans: { rows: 1_000_000 },
    batchRows: { rows: 1_000_000, known: 300_000, mails: 5_000 },
    statusStreams: { runs: 40, steps: 60 },
  },
};

export const {
  chaos,
  restart,
  incident,
  crashTable,
  lines,
  uploads,
  twice,
  connections,
  misbehaving,
  pollRounds,
  plans,
  batchRows,
  statusStreams,
} = sizes[isEndurance ? 'endurance' : 'test'];
