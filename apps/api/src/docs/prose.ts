/** Markdown as we wrap it, for readers that take each line end for a new line. Tables and headings keep theirs. */
export function prose(markdown: string): string {
  return markdown.trim().replace(/(?<=[^\n|])\n(?=[^\n|#])/g, ' ');
}
