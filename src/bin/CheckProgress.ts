/** How far a search is: one line on stderr that is written anew on a terminal, a line now and then elsewhere. */
import type { Progress } from "../interpreters/check/Check.ts"
import { count, time } from "../interpreters/check/report/Verdicts.ts"

/** Where nobody looks on. */
const quietMillis = 10_000

export interface Teller {
  readonly told: (model: string) => (progress: Progress) => void
  /** One more model is done, and the line goes. */
  readonly done: () => void
}

const line = (model: string, { bytes, cores, depth, millis, queue, rate }: Progress): string =>
  `${model}: ${count(cores)} cores, ${count(Math.round(rate))} states/s, depth ${depth}, ${count(queue)} waiting, ` +
  `${Math.round(bytes / 2 ** 20)} MiB, ${time(millis)}`

/** Models are explored side by side: each has lines of its own. `models`: how many there are to do. */
export const teller = (stream: Pick<typeof process.stderr, "isTTY" | "columns" | "write">, models = 1): Teller => {
  let finished = 0
  const lineOf = (model: string, progress: Progress): string =>
    `${models > 1 ? `${finished} of ${models} done; ` : ""}${line(model, progress)}`
  if (stream.isTTY) {
    return {
      told: (model) => (progress) => stream.write(`\r\u001b[K${lineOf(model, progress).slice(0, stream.columns - 1)}`),
      done: () => {
        finished++
        stream.write("\r\u001b[K")
      }
    }
  }
  return {
    told: (model) => {
      let last = 0
      return (progress) => {
        if (progress.millis - last < quietMillis) return
        last = progress.millis
        stream.write(`${lineOf(model, progress)}\n`)
      }
    },
    done: () => void finished++
  }
}
