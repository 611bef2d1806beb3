/** On top of Swagger UI's own: a table that is wider than a phone scrolls by itself. */
export const docsStyle = `
  .swagger-ui .topbar { display: none }
  .swagger-ui .info table { display: block; overflow-x: auto }
  .swagger-ui .info th { white-space: nowrap; padding-right: 12px }
`;
