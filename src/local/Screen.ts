/**
 * A terminal that shows one picture after another in place. The picture goes
 * when the scope ends, and what was on the terminal before is there again.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { WriteStream } from "node:tty"

export type Draw = (lines: ReadonlyArray<string>) => Effect.Effect<void>

/** Terminal control: another screen, and no cursor on it. */
const enter = "\u001b[?1049h\u001b[?25l"
const leave = "\u001b[?25h\u001b[?1049l"
/** One update: nothing is shown before its end (terminals that do not know this ignore it). */
const begin = "\u001b[?2026h\u001b[H"
const finish = "\u001b[J\u001b[?2026l"
const restOfLine = "\u001b[K"

/** No control characters, and no longer than the terminal is wide: a line that wraps would shift the others. */
const fitted = (line: string, columns: number): string => line.replaceAll(/\p{Cc}/gu, " ").slice(0, columns)

export const open = (terminal: WriteStream): Effect.Effect<Draw, never, Scope.Scope> =>
  Effect.as(
    Effect.acquireRelease(
      Effect.sync(() => terminal.write(enter)),
      () => Effect.sync(() => terminal.write(leave))
    ),
    (lines) =>
      Effect.sync(() => {
        const { columns, rows } = terminal
        const visible = lines.slice(0, rows - 1).map((line) => fitted(line, columns) + restOfLine)
        terminal.write(`${begin}${visible.join("\n")}\n${finish}`)
      })
  )
