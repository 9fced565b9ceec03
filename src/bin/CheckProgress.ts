/** How far a search is: one line on stderr that is written anew on a terminal, a line now and then elsewhere. */
import type { Progress } from "../interpreters/check/Check.ts"
import { count, time } from "../interpreters/check/report/Verdicts.ts"

/** Where nobody looks on. */
const quietMillis = 10_000

export interface Teller {
  readonly told: (model: string) => (progress: Progress) => void
  /** What takes a while and has no figures of its own. */
  readonly noted: (model: string, words: string) => void
  /** One more model is done, and the line goes. */
  readonly done: () => void
}

const line = (model: string, { bytes, cores, depth, millis, queue, rate }: Progress): string =>
  `${model}: ${count(cores)} cores, ${count(Math.round(rate))} states/s, depth ${depth}, ${count(queue)} waiting, ` +
  `${Math.round(bytes / 2 ** 20)} MiB, ${time(millis)}`

/** Models are explored side by side: each has lines of its own. `models`: how many there are to do. */
export const teller = (stream: Pick<typeof process.stderr, "isTTY" | "columns" | "write">, models = 1): Teller => {
  let finished = 0
  const withTotal = (text: string): string => `${models > 1 ? `${finished} of ${models} done; ` : ""}${text}`
  if (stream.isTTY) {
    const anew = (text: string) => stream.write(`\r\u001b[K${withTotal(text).slice(0, stream.columns - 1)}`)
    return {
      told: (model) => (progress) => anew(line(model, progress)),
      noted: (model, words) => anew(`${model}: ${words}`),
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
        stream.write(`${withTotal(line(model, progress))}\n`)
      }
    },
    noted: (model, words) => stream.write(`${withTotal(`${model}: ${words}`)}\n`),
    done: () => void finished++
  }
}
