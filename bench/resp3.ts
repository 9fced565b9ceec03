/**
 * Our RESP parser beside redis-parser 3.0.0: the same bytes, in the same chunks,
 * in the same run, alternating. Both keep all replies that they read. Ours
 * gives bulk strings as bytes, so it is compared with redis-parser giving
 * buffers, and once more, with our bulks decoded, with redis-parser giving text.
 * `npm run bench:resp3 [-- MILLISECONDS]`
 */
import { createRequire } from "node:module"
import { parseArgs } from "node:util"
import type { Value } from "../src/domain/valkey/Resp3.ts"
import { toReply } from "../src/domain/valkey/Resp3.ts"
import * as Parser from "../src/domain/valkey/resp3/Parser.ts"

interface Theirs {
  readonly execute: (bytes: Buffer) => void
}
/** The package has no types. */
const TheirParser = createRequire(import.meta.url)("redis-parser") as new (options: {
  readonly returnReply: (reply: unknown) => void
  readonly returnError: (error: Error) => void
  readonly returnBuffers: boolean
}) => Theirs

const replies = (text: string, count: number): Buffer => Buffer.from(text.repeat(count))
const bulk = (size: number): string => `$${size}\r\n${"x".repeat(size)}\r\n`
const info = `# Replication\r\nrole:master\r\nconnected_slaves:2\r\n${"field_of_info:12345\r\n".repeat(100)}`

const mixes: ReadonlyArray<readonly [string, Buffer]> = [
  ["statuses", replies("+OK\r\n+QUEUED\r\n+OK\r\n+PONG\r\n", 10_000)],
  ["errors", replies("-READONLY You can't write against a read only replica.\r\n", 4000)],
  ["integers", replies(":1\r\n:123456\r\n:-42\r\n:1234567890123\r\n", 8000)],
  ["small bulks", replies(`${bulk(5)}${bulk(12)}$-1\r\n`, 12_000)],
  ["bulks of 1 KiB", replies(bulk(1024), 1000)],
  ["bulks of 1 MiB", replies(bulk(1024 * 1024), 4)],
  ["nested arrays", replies("*3\r\n*2\r\n:1\r\n$3\r\nfoo\r\n*2\r\n+OK\r\n$-1\r\n*1\r\n*1\r\n:5\r\n", 6000)],
  ["flat array", replies(`*100\r\n${"$7\r\nkey:123\r\n:7\r\n".repeat(50)}`, 200)],
  ["probes", replies(`*3\r\n$6\r\nmaster\r\n:123456\r\n*0\r\n${bulk(info.length).replace(/x+/, info)}`, 100)]
]

const cut = (bytes: Buffer, size: number): ReadonlyArray<Buffer> =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    Buffer.from(bytes.subarray(index * size, (index + 1) * size))
  )

const ours = (chunks: ReadonlyArray<Buffer>): ReadonlyArray<ReadonlyArray<Value>> => {
  const all: Array<ReadonlyArray<Value>> = []
  let parser = Parser.make()
  for (const chunk of chunks) {
    const [next, values] = Parser.feed(parser, chunk)
    parser = next
    all.push(values)
  }
  return all
}

const oursAsText = (chunks: ReadonlyArray<Buffer>): ReadonlyArray<ReadonlyArray<unknown>> =>
  ours(chunks).map((values) => values.map(toReply))

const theirs =
  (returnBuffers: boolean) =>
  (chunks: ReadonlyArray<Buffer>): ReadonlyArray<unknown> => {
    const all: Array<unknown> = []
    const push = (reply: unknown) => all.push(reply)
    const parser = new TheirParser({ returnReply: push, returnError: push, returnBuffers })
    for (const chunk of chunks) parser.execute(chunk)
    return all
  }

type Read = (chunks: ReadonlyArray<Buffer>) => ReadonlyArray<unknown>

/** Of processor time: the machine may be doing other things. */
const millionBytesPerSecond = (read: Read, chunks: ReadonlyArray<Buffer>, size: number, millis: number): number => {
  const start = process.cpuUsage()
  let spent = 0
  let rounds = 0
  while (spent < millis * 1000) {
    for (let turn = 0; turn < 4; turn++) read(chunks)
    rounds += 4
    const { system, user } = process.cpuUsage(start)
    spent = system + user
  }
  return (size * rounds) / spent
}

const median = (numbers: ReadonlyArray<number>): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

const rounds = 5
const columns: ReadonlyArray<Read> = [ours, theirs(true), oursAsText, theirs(false)]
const millis = Number(parseArgs({ allowPositionals: true }).positionals[0] ?? 60)
const print = (...cells: ReadonlyArray<string | number>): void =>
  void process.stdout.write(
    `${cells.map((cell, at) => String(cell)[at === 0 ? "padEnd" : "padStart"](at === 0 ? 16 : 11)).join("")}\n`
  )

print("MB/s", "chunk", "ours", "theirs", "ratio", "as text", "theirs", "ratio")
const ratios: Array<number> = []
for (const [name, bytes] of mixes) {
  for (const chunk of [65_536, 1400]) {
    const chunks = cut(bytes, chunk)
    const counts = new Set(columns.map((read, at) => (at % 2 === 0 ? read(chunks).flat(1) : read(chunks)).length))
    if (counts.size !== 1) throw new Error(`${name}: the parsers disagree on the number of replies`)
    const speeds = columns.map((): Array<number> => [])
    for (let round = 0; round < rounds; round++) {
      columns.forEach((read, at) => speeds[at]!.push(millionBytesPerSecond(read, chunks, bytes.length, millis)))
    }
    const [a, b, c, d] = speeds.map(median)
    ratios.push(a! / b!, c! / d!)
    const [bytesRatio, textRatio] = [a! / b!, c! / d!].map((ratio) => ratio.toFixed(2))
    print(name, chunk, a!.toFixed(0), b!.toFixed(0), bytesRatio!, c!.toFixed(0), d!.toFixed(0), textRatio!)
  }
}
print(
  "geometric mean",
  "",
  "",
  "",
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length).toFixed(2)
)
