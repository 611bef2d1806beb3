import type { BounceReason } from './receipt.js';
import { plainly } from './report.words.js';

/** What words of another server come to, whoever wrote them. */
export interface Phrase {
  /** Tried on one line, as `plainly` makes it. No pattern may take longer than the text is long. */
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
    /\b(?:full mailbox|mailfull|quota (?:full|exceed|violation|has been)|over ?quota|out of (?:email )?storage|out of (?:disk )?quota|exceed\w* (?:\w+ ){0,3}(?:quota|storage)|quotaexceeded|mailbox has exceeded|no space left|insufficient space|not enough (?:disk|storage) space)/,
    /\b(?:too many messages|number of messages) (?:on|in) (?:\w+(?:'s)? ){0,2}(?:mailbox|mail box|this)/,
    /\b(?:would exceed (?:the )?(?:mailbox|quota|maximum allowed)|mailbox size limit|insufficient (?:disk|mailbox|storage) (?:space|quota))/,
    /\b(?:boite (?:\S{1,40} ){0,4}pleine|quota (?:depasse|excedid[ao]|superat[ao])|postfach (?:\S{1,40} ){0,3}voll\b|buzon (?:\S{1,40} ){0,3}llen[oa]|casella (?:\S{1,40} ){0,4}piena|caixa (?:\S{1,40} ){0,5}cheia|skrzynka (?:\S{1,40} ){0,3}(?:pełna|przepełniona)|postvak (?:\S{1,40} ){0,2}vol\b)/,
    /ящик\S{0,3} (?:\S{1,40} ){0,2}переполнен|(?:邮箱|信箱|郵箱)\S{0,4}(?:已满|已滿|容量|空间不足)|空间不足|容量(?:超限|超過|不足)|メールボックス\S{0,10}(?:いっぱい|満杯|容量)|용량 ?초과/,
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
    // Of who greets or signs in.
    /\b(?:(?:helo|ehlo) (?:command |host |name |argument )?(?:rejected|refused|invalid)|invalid (?:helo|ehlo)|(?:in reply to|after) (?:helo|ehlo)|(?:unknown|invalid|bad) user ?(?:name|id)? (?:or|and) password|unknown (?:address |\w+ )?(?:error|reason))\b/,
  ),
  ...soft(
    'content-refused',
    /\b(?:block(?:ed|ing)?\b|black ?list|block ?list|deny ?list|dnsbl|rbl\b|spamhaus|barracuda|spamcop|bad reputation|poor reputation|low reputation|reputation)/,
    /\b(?:spam|junk|unsolicited|bulk mail|phish|virus|malware|infected|trojan|worm\b)/,
    /\b(?:dmarc|dkim|spf\b|sender policy|policy (?:violation|reasons?|restriction)|violat\w+ (?:\w+ ){0,3}policy|local policy|for policy|due to (?:\w+ ){0,2}policy|content (?:\w+ )?(?:reject|filter|refused|denied|not allowed)|attachment|prohibited|message (?:content )?(?:rejected|refused|denied)|sender (?:address )?(?:rejected|denied|refused|verify|verification|domain)|domain of sender|not accept (?:mail|email|messages) from|access denied|not rfc|rfc (?:2822|5322|2821|5321|822))/,
    // A boundary of words stands beside Latin letters alone.
    /垃圾|拒收|迷惑メール|스팸|спам/,
    /\b(?:from|sender|return|your) (?:e-?mail )?(?:address|domain) (?:is |was |does |has )?(?:not|invalid|unknown|rejected|refused)\b/,
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
    /\b(?:no mailbox (?:here )?(?:by|with|for) |no (?:one|body) by that name|there is no (?:one|user|such|mailbox|account)|no account (?:by|with|for)|not a (?:valid|known|registered|recogni[sz]ed) (?:\w+ ){0,2}(?:user|recipient|mailbox|address|account)|not (?:our|a local) (?:customer|user|subscriber)|not listed in (?:\w+ ){0,3}(?:directory|book)|nosuchuser|user_unknown|userunknown|user not found|mail ?box not (?:found|present)|mail box not found|addresses were unknown|not (?:present|listed) in (?:the )?directory|no mail ?box (?:found|available)|no mail box available|no local mailbox|has no mailbox|missing home directory|not have an email account|not known at this site|not an active address|not a local address|recipient (?:is )?not (?:local|ok|accepted)|envelope recipient has been denied|undeliverable recipient|recipients was undeliverable|badrcptto|badrecipientto|not in my validrcptto|rejected: account unavailable|recipientnotfound|no such person|address(?:es)? (?:does not|doesn'?t|do not) exist|has moved|address changed|recipient unknown|mailbox unknown|unknown to)/,
    /\b(?:domain (?:name )?(?:\S{1,200} )?(?:does not exist|doesn'?t exist|not found|(?:couldn'?t|could not) be found|is not reachable\. please check|is invalid|must exist|has no)|host (?:or domain name )?(?:not found|unknown|name is unknown)|unknown (?:mail )?host|no (?:such )?(?:domain|host)\b|nxdomain|couldn'?t find any host|host not found|name or service not known|no mx\b|null ?mx|nullmx|no mail (?:exchanger|server)s? (?:for|found|record)|mail exchanger or ip address|does not accept (?:any )?(?:e-?mail|mail)\b|no smtp service|no route to (?:domain|host name)|all relevant mx records point to non-existent|domain isn'?t in my list|lookup failed for domain|domain mentioned in (?:\w+ ){0,3}unknown|unable to find matching nslookup)/,
    /\b(?:destinataire|utilisateur|adresse|compte|boite|domaine|usuario|destinatario|direccion|buzon|cuenta|endereco|conta|utente|indirizzo|casella|dominio) (?:\S{1,60} ){0,3}(?:inconnue?|desconocid[oa]|desconhecid[oa]|sconosciut[oa]|inexistente|inesistente|n'existe pas|(?:no|nao|non) (?:existe|esiste))\b/,
    /\b(?:(?:no|nao) existe (?:\S{1,20} ){1,2}(?:usuario|persona|destinatario)|nessun utente|(?:empfanger|benutzer|adresse|postfach|konto|domain)\S{0,12} (?:\S{1,60} ){0,3}(?:unbekannt|existiert nicht)|onbekende? (?:gebruiker|ontvanger|adres)|(?:gebruiker|(?:e-?mail)?adres|postvak)\S{0,9} (?:\S{1,60} ){0,2}(?:bestaat niet|onbekend)|(?:uzytkownik|użytkownik|odbiorca|adres|konto) (?:\S{1,60} ){0,2}nie istnieje|adressen (?:\S{1,60} ){0,2}(?:finns inte|finnes ikke|findes ikke)|okand (?:mottagare|anvandare))/,
    /(?:пользовател|адресат|получател|адрес|ящик)\S{0,3} (?:\S{1,60} )?(?:не найден|не существует|неизвестен)|(?:нет такого|такого) (?:пользователя|адреса|адресата|ящика)|(?:用户|用戶|收件人|收件者|邮箱|郵箱|信箱|帐号|账号|地址)\S{0,8}(?:不存在|无效|無效)|(?:宛先|アドレス|ユーザー?|メールボックス)\S{0,12}(?:見つかりません|存在しません|不明)|존재하지 않는/,
    /\b(?:mailbox name not allowed|address (?:is )?(?:incorrect|misspelled))|\b(?:does not|doesn't|do not|don't) exist\b/,
  ),
  ...soft(
    'not-reachable',
    /\b(?:connection (?:refused|timed ?out|reset|lost|dropped|closed|failed|attempts? failed)|timed? ?out|timeout|no route to host|network (?:is )?unreachable|host (?:is )?(?:unreachable|down|not (?:reachable|responding))|not responding|unable to connect|could not (?:be )?(?:reach|connect)|(?:cannot|can'?t|couldn'?t|not able to) (?:\w+ )?connect|in the queue too long|queue too long|retry time(?:out)? (?:not reached|exceeded)|name ?server|temporary (?:lookup|dns|resolution)|dns (?:error|failure|lookup)|lookup fail|not (?:been )?delivered within|deliver\w* (?:time ?(?:out|d)|expired)|expired)/,
  ),
];

/** Tried on no more of a text than a person would read. */
export function phraseIn(text: string): Phrase | undefined {
  const line = plainly(text.slice(0, LONGEST));
  return PHRASES.find(({ words }) => words.test(line));
}

const LONGEST = 8_000;
