/**
 * Every write may take effect twice: the program sees the first answer, or in
 * another run the second (Conflict, AlreadyExists). The world ends up the same.
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type { Command, Outcome, Performs, Wrap } from "../../domain/Capability.ts"
import type { Controller, Key } from "../../domain/Controller.ts"
import * as Run from "./Run.ts"

const doubling =
  (nth: number, seen: "First" | "Second"): Wrap =>
  <C extends Command>(inner: Performs<C>): Performs<C> => {
    let count = 0
    return {
      perform: <A extends C>(command: A): Outcome<A> =>
        Effect.flatMap(Run.Life, (life) => {
          if (life === 0 || command.access === "read" || count++ !== nth) return inner.perform(command)
          const once = inner.perform(command)
          return Effect.flatMap(Effect.exit(once), (first) =>
            Effect.flatMap(Effect.exit(once), (second) => (seen === "First" ? first : second))
          )
        })
    }
  }

export const toleratesTwice = Effect.fnUntraced(function* <Memory, E, R, A>(
  controller: Controller<Memory, E, R>,
  key: Key,
  world: Run.World<R, A>
): Effect.fn.Return<Run.Finding> {
  const run = (wrap: Wrap, journal: Run.Journal) =>
    Run.inFreshWorld(world, (inner) => wrap(Run.recording(journal)(inner)), Run.settle(controller, key, world, journal))
  const journal: Run.Journal = { commands: [] }
  const calm = yield* run((inner) => inner, journal)
  if (!calm.isSettled) return { runs: 1, violations: ["the undisturbed run does not settle"] }
  const writes = journal.commands.filter(({ access }) => access !== "read")
  const violations: Array<string> = []
  let runs = 1
  for (const [nth, command] of writes.entries()) {
    for (const seen of ["First", "Second"] as const) {
      const end = yield* run(doubling(nth, seen), { commands: [] })
      runs++
      const where = `${command._tag} (write ${nth}) twice, answer ${seen}`
      if (!end.isSettled) violations.push(`${where}: does not settle`)
      else if (!Equal.equals(end.observed, calm.observed)) {
        violations.push(`${where}: ${JSON.stringify(end.observed)} instead of ${JSON.stringify(calm.observed)}`)
      }
    }
  }
  return { runs, violations }
})
