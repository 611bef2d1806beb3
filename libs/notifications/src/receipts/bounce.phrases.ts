import type { BounceReason } from './receipt.js';

/** What words of another server come to, whoever wrote them. */
export interface Phrase {
  /** Tried on one line, in lower case, with single spaces. No pattern may take longer than the text is long. */
  words: RegExp;
  reason: BounceReason;
  /** Hard: nothing will ever arrive there. */
  isHard: boolean;
  /** True: it cannot be meant otherwise, even where the recipient was let pass before. */
  isCertain?: boolean;
}

const soft = (reason: BounceReason, ...words: RegExp[]): Phrase[] =>
  words.map((one) => ({ words: one, reason, isHard: false }));
const hard = (reason: BounceReason, ...words: RegExp[]): Phrase[] =>
  words.map((one) => ({ words: one, reason, isHard: true }));

const certain = (reason: BounceReason, ...words: RegExp[]): Phrase[] =>
  hard(reason, ...words).map((phrase) => ({ ...phrase, isCertain: true }));

/**
 * The first one that fits counts. What speaks of the sender, the content or the moment stands before what speaks of the
 * mailbox: servers put "user unknown" beside almost anything, and the other way round hardly ever.
 */
export const PHRASES: readonly Phrase[] = [
  ...soft(
    'mailbox-full',
    /\b(?:mail ?box|mail ?folder|inbox|account|user|recipient|storage|disk)(?:'s)? (?:\w+ )?(?:is |are |was )?(?:\w+ )?(?:full\b|over ?quota|over (?:the |its |his )?(?:storage |disk )?(?:quota|limit|allocation))/,
    /\b(?:full mailbox|mailfull|quota (?:full|exceed|violation|has been)|over ?quota|out of (?:email )?storage|out of (?:disk )?quota|exceed\w* (?:\w+ ){0,3}(?:quota|storage)|not enough (?:disk|storage) space)/,
    /\b(?:too many messages|number of messages) (?:on|in) (?:\w+(?:'s)? ){0,2}(?:mailbox|mail box|this)/,
    /\b(?:would exceed (?:the )?(?:mailbox|quota|maximum allowed)|mailbox size limit|insufficient (?:disk|mailbox|storage) (?:space|quota)|boite (?:du destinataire )?pleine|quota d[ée]pass[ée]|postfach (?:ist )?voll|buz[oó]n lleno|ящик переполнен)/,
  ),
  ...soft(
    'too-large',
    /\b(?:message|mail|e-mail|content|size|data) (?:\w+ ){0,4}(?:too (?:large|big|long)|exceeds? (?:\w+ ){0,5}(?:size|limit))\b/,
    /\b(?:maximum|max|fixed|maximal) (?:\w+ ){0,3}(?:message|mail) size|exceeded storage allocation|size limit exceeded/,
  ),
  ...soft(
    'bounced',
    /\b(?:rate.?limit|throttl|too many (?:\w+ ){0,2}(?:connections|messages|recipients|mails|emails|requests|errors|concurrent)|receiving mail (?:at a rate|too quickly)|(?:daily|hourly|sending|connection|message|user) (?:\w+ )?(?:limit|quota) (?:\w+ )?(?:exceed|reach)|try again later|slow down|too fast|temporar(?:ily|y) (?:deferred|unavailable|rejected|blocked|failure|problem|error)|resources temporarily|grey ?list)/,
    /\b(?:local configuration|configuration) error|\bcouldn't create|\bcan't create|\bcommand output|\bmailer error|\bcommand (?:died|failed)|\b(?:queue file write|internal|system|server|i\/o|input\/output) error|\bmail for \S{1,200} loops|\bmail loop|\btoo many hops|\bhop count|\binsufficient system (?:storage|resources)/,
    /\brelay(?:ing)? (?:\w+ ){0,3}(?:denied|not (?:permitted|allowed)|prohibited|disallowed|refused)|\b(?:not (?:permitted|allowed|authori[sz]ed)|unable|cannot) (?:to )?relay|\bwe do not relay|\brcpthosts|\brelay access/,
    /\b(?:authenti?cation (?:\w+ )?(?:required|failed|failure)|unauthenticated|must (?:be )?authenticate|not authenticated|ptr record|reverse (?:dns|hostname|lookup)|rdns|no ptr)/,
  ),
  ...soft(
    'content-refused',
    /\b(?:block(?:ed|ing)?\b|black ?list|block ?list|deny ?list|dnsbl|rbl\b|spamhaus|barracuda|spamcop|bad reputation|poor reputation|low reputation|reputation)/,
    /\b(?:spam|junk|unsolicited|bulk mail|phish|virus|malware|infected|trojan|worm\b)/,
    /\b(?:dmarc|dkim|spf\b|sender policy|policy (?:violation|reasons?|restriction)|violat\w+ (?:\w+ ){0,3}policy|local policy|for policy|due to (?:\w+ ){0,2}policy|content (?:\w+ )?(?:reject|filter|refused|denied|not allowed)|attachment|prohibited|message (?:content )?(?:rejected|refused|denied)|sender (?:address )?(?:rejected|denied|refused|verify|verification|domain)|domain of sender|not accept (?:mail|email|messages) from|access denied|not rfc|rfc (?:2822|5322|2821|5321|822))/,
  ),
  // A closed account may be opened again: only a code says for good.
  ...soft(
    'mailbox-disabled',
    /\b(?:account|mailbox|user|recipient|address|e-mail|email) (?:\w+ ){0,3}(?:is |has been |was )?(?:currently )?(?:disabled|suspended|inactive|deactivated|closed|expired|discontinued|terminated|deleted|locked)\b/,
    /\b(?:inactive|disabled|suspended|deactivated) (?:user|account|mailbox|recipient)|no longer (?:active|in use|available|valid|works|accepts|on this)/,
  ),
  ...certain('no-such-mailbox', /\b(?:does not|doesn't|don't) have an? (?:\S{1,100} )?(?:account|mailbox)\b/),
  ...hard(
    'no-such-mailbox',
    /\b(?:user|recipient|mailbox|account|address|addressee|alias|name)(?: name)?(?: id)?(?:\(s\)|s)? ?(?:"[^"]{0,200}"|'[^']{0,200}'|<[^>]{0,200}>|\([^)]{0,200}\)|\S{1,200})? ?(?:is |was |are |has |could |does |do |did |not be |been ){0,2}(?:not (?:be )?(?:found|exist|known|listed|recogni[sz]ed|valid|registered|a (?:valid|known|registered))|unknown|nonexist|non-exist|doesn'?t exist|invalid|wasn.?t found|couldn.?t be found|isn.?t (?:found|known|valid))/,
    /\b(?:unknown|invalid|no such|nonexistent|non-existent|no valid|bad destination|bad|undefined|unrouteable|unroutable|illegal) (?:local |remote |virtual |gateway |mail |email |e-mail |destination |final delivery |user ?){0,2}(?:user ?id|user|users|recipient|recipients|mailbox|mail box|account|address|addresses|addressee|local.?part|person|alias|domain|host|name|destination)\b/,
    /\b(?:no mailbox (?:here )?(?:by|with|for) |no (?:one|body) by that name|there is no (?:one|user|such|mailbox|account)|no account (?:by|with|for)|not a (?:valid|known|registered|recogni[sz]ed) (?:\w+ ){0,2}(?:user|recipient|mailbox|address|account)|not (?:our|a local) (?:customer|user|subscriber)|not listed in (?:\w+ ){0,3}(?:directory|book)|nosuchuser|user_unknown|userunknown|user not found|recipientnotfound|no such person|address(?:es)? (?:does not|doesn'?t|do not) exist|has moved|address changed|(?:adresse|utilisateur|compte|destinataire) n'existe pas|adresse inconnue|utilisateur inconnu|unbekannt|existiert nicht|no existe|пользователь не найден|такого пользователя нет|recipient unknown|mailbox unknown|unknown to)/,
    /\b(?:domain (?:name )?(?:\S{1,200} )?(?:does not exist|doesn'?t exist|not found|is invalid|has no)|host (?:or domain name )?(?:not found|unknown|name is unknown)|unknown (?:mail )?host|no (?:such )?(?:domain|host)\b|nxdomain|couldn'?t find any host|host not found|name or service not known|no mx\b|null ?mx|nullmx|no mail (?:exchanger|server)s? (?:for|found|record)|mail exchanger or ip address|does not accept (?:any )?(?:e-?mail|mail)\b|no smtp service|no route to (?:domain|host name)|all relevant mx records point to non-existent|domain isn'?t in my list|lookup failed for domain)/,
    /\b(?:mailbox name not allowed|address (?:is )?(?:incorrect|misspelled))|\b(?:does not|doesn't|do not|don't) exist\b/,
  ),
  ...soft(
    'not-reachable',
    /\b(?:connection (?:refused|timed ?out|reset|lost|dropped|closed|failed|attempts? failed)|timed? ?out|timeout|no route to host|network (?:is )?unreachable|host (?:is )?(?:unreachable|down|not (?:reachable|responding))|not responding|unable to connect|could not (?:be )?(?:reach|connect)|(?:cannot|can'?t|couldn'?t|not able to) (?:\w+ )?connect|in the queue too long|queue too long|retry time(?:out)? (?:not reached|exceeded)|name ?server|temporary (?:lookup|dns|resolution)|dns (?:error|failure|lookup)|lookup fail|not (?:been )?delivered within|deliver\w* (?:time ?(?:out|d)|expired)|expired)/,
  ),
];

/** The text as phrases are tried on it. No more of it than a person would read. */
export function phraseIn(text: string): Phrase | undefined {
  const line = text.slice(0, LONGEST).toLowerCase().replace(/\s+/g, ' ').replaceAll('’', "'");
  return PHRASES.find(({ words }) => words.test(line));
}

const LONGEST = 8_000;
