/** What the mails of all benchmarks say about the site. */
export const benchSite = {
  name: 'Tax Filing',
  url: 'https://taxes.example.org',
  helpUrl: 'https://taxes.example.org/help',
};
