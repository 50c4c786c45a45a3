// Judges the simulations that stand on standard input, one JSON object a line, and writes one result a line.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await runSimulation(JSON.parse(line), {})
  process.stdout.write((answer.overallResult ?? JSON.stringify(answer.errors)) + '\n')
}
