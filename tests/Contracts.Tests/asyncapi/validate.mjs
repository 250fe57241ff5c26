import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const [, , file] = process.argv;
const { document, diagnostics } = await new Parser().parse(await readFile(file, 'utf8'), { source: file });
// Severity 0 is an error, 1 a warning; below that are matters of taste.
const problems = diagnostics.filter(diagnostic => diagnostic.severity <= 1);
for (const problem of problems) console.error(`${problem.path.join('.')}: ${problem.message}`);
if (!document || problems.length > 0) process.exit(1);
console.log(`${document.channels().all().length} channels`);
