/**
 * How the process ends: in order when it is asked to, with one line on stderr
 * and an exit code when something is wrong.
 */
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Teardown } from "effect/Runtime"
import { CliError, CliOutput } from "effect/cli"

/** To be asked to end is how these programs end: no failure. */
export const teardown: Teardown = (exit, onExit) =>
  onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)

/** One line for what a user can mend; a defect, which is ours, with where it happened. What the parser refused is told by `presenter`. */
export const complain = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (CliError.isCliError(error) || Cause.hasInterruptsOnly(cause)) return Effect.void
  return Console.error(`gungnir: ${error instanceof Error ? error.message : Cause.pretty(cause)}`)
}

/** Help goes to stdout when it is asked for; a mistake gets its own line on stderr instead. */
export const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(
          event.errors
            .map(
              ({ message }) =>
                `gungnir: ${message.replaceAll(/\s*\n\s*/g, " ")} (see ${event.commandPath.join(" ")} --help)`
            )
            .join("\n")
        )
      : CliOutput.defaultPresenter.present(event)
}

/** A closed terminal and a reader that has gone are requests to end too: else children would stay. */
export const listen = Effect.sync(() => {
  const end = () => process.kill(process.pid, "SIGTERM")
  process.on("SIGHUP", end)
  for (const stream of [process.stdout, process.stderr]) stream.once("error", end).on("error", () => {})
})
