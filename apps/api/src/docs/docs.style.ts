/** On top of Swagger UI's own. */
export const docsStyle = `
  .swagger-ui .topbar { display: none }
`;
