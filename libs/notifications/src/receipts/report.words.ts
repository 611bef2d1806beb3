/**
 * The words by which mails about a mail are told apart where no standard does it: who writes them, and what their subject and their
 * first lines say, in the languages of common programs. Tried on what {@link plainly} makes of a text. What they say of the
 * recipient is in `bounce.phrases.ts`.
 */

/** In lower case, with single spaces, and Latin letters without their accents: servers lose them, or have them in two forms. */
export function plainly(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/([a-z])[\u0300-\u036f]{1,9}/g, '$1')
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .replaceAll('’', "'");
}

function anyOf(...patterns: RegExp[]): { test(text: string): boolean } {
  return { test: (text) => patterns.some((pattern) => pattern.test(text)) };
}

/** Whose name or address says that a program writes about mail. */
export const DAEMON =
  /\b(?:mailer.?daemon|mail.?daemon|daemon@|double-bounce|mail.?router|mail deliver(?:y|er)?(?: \w+)? ?(?:system|subsystem|service|agent|software)|(?:e-?)?mail delivery|internet mail delivery|mail[ _]system|ndr administrator|mail\.delivery\.system|delivery subsystem|microsoft ?exchange|microsoft outlook)/;
export const POSTMASTER = /\bpo+st.?master|\bsystem administrator|\bmail administrator|^\W*<>/;

/** Subjects of those that tell of a mail which did not arrive. */
export const RETURNED = anyOf(
  /\b(?:undeliver|returned (?:e-?)?mail|returning message|return(?:ed)? to sender|failure (?:notice|notification)|deliver\w* (?:\w+ ){0,3}(?:failure|failed|fail|error|unsuccessful)|(?:failed|failing|failure) (?:\w+ )?deliver|fail\w* deliver|delivery status|delivery notification|(?:mail|message|delivery) (?:\w+ ){0,3}(?:failed|failure|not delivered|undelivered|error|rejected|blocked)|(?:message|mail)(?: you sent)? blocked|could not (?:be )?deliver|non.?deliver|not delivered|rejected mail|mail system error|error sending your (?:mail|message))/,
  /^ndn: |\b(?:unzustellbar|nicht zustellbar|zustellung (?:\S+ )?fehlgeschlagen|non remis|non recapitabile|echec de (?:la )?(?:remise|distribution|livraison)|non (?:delivre|distribu|consegnat)|mancat[ao] (?:consegna|recapito)|no se (?:puede|pudo) entregar|no entregad[ao]|error (?:de|en la) entrega|(?:correo|mensaje) devuelto|nao (?:e possivel entregar|entregue)|falha na entrega|mensagem devolvida)/,
  /\b(?:onbestelbaar|niet (?:bezorgd|afgeleverd)|olevererbart|kan (?:inte|ikke) levere|uleverbar|niedostarcz|nie mozna dostarczyc|nedoruciteln|teslim edilemedi)/,
  /недоставлен|не доставлен|не удалось доставить|не удается доставить|退信|[无無未]法?(?:投递|投遞|送达|送達|傳遞|传递)|配信(?:不能|でき)|送信(?:不可|エラー)|不達|배달되지|전송 실패/,
);

/** The same in the mail itself, which counts where the mail that did not arrive is attached. */
export const NOT_ARRIVED =
  /\b(?:could not be delivered|couldn't be delivered|cannot be delivered|can't be delivered|was not delivered|wasn't delivered|undeliverable|unable to deliver|delivery (?:has )?failed|not be delivered)/;

/** Of answers and of what a person hands on, in the languages of common programs. */
export const REPLIED =
  /^(?:re|fwd?|fw|aw|wg|rv|tr|antw|sv|vs|vb|odp|pd|res|enc|ynt|doorst|отв|на|回复|回覆|答复|转发|轉寄|転送|답장|전달)(?:\[\d{1,3}\])? ?[:：]/;

/** What feedback loops without a report of their own write about. */
export const COMPLAINED =
  /^(?:fwd?: ?)?(?:e-?mail )?(?:complaint about (?:a )?message|abuse report|spam (?:report|complaint)|(?:e-?mail )?feedback report)/;

export const DELAYED =
  /\(delay\)|\b(?:delayed (?:mail|\d)|has been delayed|sent delayed|deliver(?:y|ies) (?:to (?:\S{1,80} ){1,8})?(?:is |are |was |has been )?delayed|mail delivery delay|warning: (?:message|could not send)|message \S{1,80} delayed|still being retried|not yet been delivered|could not send message for|warning message only|will (?:be )?(?:retried|keep trying|continue to (?:try|attempt)|retry)|delivery attempts will continue|do not need to resend|no action is required)/;
/** Subjects alone: in a sentence the word may be about anything. */
export const DELAYED_SUBJECT = anyOf(
  /^\W*(?:delayed|verzogert|retarde|retrasad[ao]|ritardat[ao]|in ritardo|atrasad[ao]|vertraagd|forsinket|forsenad)\b/,
  /\bzustellung (?:\S+ )?verzogert|\bremise (?:\S+ )?(?:retardee|differee)|\bentrega (?:\S+ )?(?:retrasada|atrasada)|\bconsegna (?:\S+ )?ritardata/,
  /задержан|задержка|遅延|延迟|延遲|지연/,
);
export const GIVEN_UP =
  /\(failure\)|\b(?:given up|giving up|permanent (?:error|failure|fatal)|failed permanently|returned mail|undelivered mail|failure notice)/;

/** Subjects. */
export const PASSED_ON =
  /\((?:success|relay|relayed)\)|\b(?:success(?:ful|fully)? (?:mail )?(?:deliver|relay)|(?:was|has been|were) (?:successfully )?(?:delivered|relayed) (?:to|successfully|on)|delivered successfully|successfully delivered|your message was relayed)|^(?:(?:not )?read|gelesen|ungelesen|lu|leido|letto|lida|delivered|relayed|zugestellt|remis|entregad[ao]|entregue|recapitato|consegnato) ?:/;
/** The same in the mail, or by a subject that may be meant otherwise: they count where nothing speaks of a failure. */
export const ARRIVED =
  /^(?:return receipt|delivery (?:confirmation|receipt)|mail delivery receipt)\b|\b(?:success(?:ful|fully)? (?:mail )?(?:deliver|relay)|(?:was|were|has been|have been) (?:successfully )?(?:delivered|relayed)|delivered successfully|wurde (?:erfolgreich )?zugestellt|a ete remis|(?<!no )(?:fue|ha sido) entregad|(?<!non )e stat[ao] (?:recapitat|consegnat)|(?<!nao )foi entregue)/;

export const ANSWERS = anyOf(
  /^(?:re: )?(?:auto(?:matic|mated|matische)?[ -]?(?:reply|response|answer|antwort|responder)|out of (?:the )?office|ooo\b|vacation|away from|on (?:vacation|holiday|leave)|abwesend|abwesenheit|reponse automatique|absence|fuera de|respuesta automatica|risposta automatica|i am (?:away|out)|not at my desk)/,
  /^(?:resposta automatica|fora do escritorio|automatisch antwoord|afwezig|autosvar|automatiskt svar|franvaro|odpowiedz automatyczna|otomatik yanit|автоответ|автоматический ответ|自动(?:回复|答复)|自動(?:回覆|応答|返信)|자동 ?회신)/,
);
