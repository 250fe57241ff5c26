// Writes src/api/generated/*.d.ts from the services' OpenAPI documents. They are made anew before each build, and never committed.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import openapi, { astToString } from 'openapi-typescript'

const documents = new URL('../contracts/http/', import.meta.url)
const generated = new URL('src/api/generated/', import.meta.url)
await mkdir(generated, { recursive: true })
for (const name of await readdir(documents)) {
  const service = name.replace('-service.openapi.json', '').replace('.openapi.json', '')
  await writeFile(new URL(`${service}.d.ts`, generated), astToString(await openapi(new URL(name, documents))))
}
