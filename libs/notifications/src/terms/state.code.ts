/** What Direct File calls two states, wrongly: its job files say `ia` for Idaho and `ka` for Kansas. */
const MISNAMED: Readonly<Record<string, string>> = { ia: 'ID', ka: 'KS' };

const DIRECT_FILE = /^[a-z]{2}$/;

/**
 * The postal code of a state. Lower case is Direct File's spelling; capitals are a postal code already, so that IA is Iowa.
 * What is no code at all comes back as it is, and the template refuses it.
 */
export function postalCodeOf(state: string): string {
  if (!DIRECT_FILE.test(state)) return state;
  return MISNAMED[state] ?? state.toUpperCase();
}
