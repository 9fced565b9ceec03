/**
 * A controller may die at any command and start again without its memory: the
 * world ends up the same. (`anvil:1.3` crashes only between commands; here also
 * with one under way.)
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type { Command, Outcome, Performs, Wrap } from "../../domain/Capability.ts"
import type { Controller, Key } from "../../domain/Controller.ts"
import * as Run from "./Run.ts"

/**
 * `Before`: it is not sent. `Landed`: it takes effect, the answer reaches
 * nobody. `Late`: it takes effect only after the next life has come to rest.
 */
export type Mode = "Before" | "Landed" | "Late"

interface Death {
  readonly nth: number
  readonly mode: Mode
  count: number
  isDead: boolean
  orphan: Effect.Effect<unknown>
}

const dyingAt =
  (death: Death): Wrap =>
  <C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      Effect.flatMap(Run.Life, (life) => {
        if (life !== 1) return inner.perform(command)
        if (death.isDead) return Effect.never
        if (death.count++ !== death.nth) return inner.perform(command)
        death.isDead = true
        const sent = Effect.exit(inner.perform(command))
        if (death.mode === "Landed") return Effect.andThen(sent, Effect.never)
        if (death.mode === "Late") death.orphan = sent
        return Effect.never
      })
  })

const runOf = <Memory, E, R, A>(
  controller: Controller<Memory, E, R>,
  key: Key,
  world: Run.World<R, A>,
  nth: number,
  mode: Mode
) => {
  const death: Death = { nth, mode, count: 0, isDead: false, orphan: Effect.void }
  const journal: Run.Journal = { commands: [] }
  const wrap: Wrap = (inner) => dyingAt(death)(Run.recording(journal)(inner))
  const body = Effect.gen(function* () {
    yield* Run.settle(controller, key, world, journal, 1, () => death.isDead)
    const after = yield* Run.settle(controller, key, world, journal, 2)
    if (mode !== "Late") return after
    yield* death.orphan
    return yield* Run.settle(controller, key, world, journal, 3)
  })
  return Run.inFreshWorld(world, wrap, body)
}

/** Crashes at every command of an undisturbed run, in every mode that makes a difference, and compares the ends. */
export const survivesCrashes = Effect.fnUntraced(function* <Memory, E, R, A>(
  controller: Controller<Memory, E, R>,
  key: Key,
  world: Run.World<R, A>
): Effect.fn.Return<Run.Finding> {
  const journal: Run.Journal = { commands: [] }
  const calm = yield* Run.inFreshWorld(world, Run.recording(journal), Run.settle(controller, key, world, journal))
  if (!calm.isSettled) return { runs: 1, violations: ["the undisturbed run does not settle"] }
  const violations: Array<string> = []
  let runs = 1
  for (const [nth, command] of journal.commands.entries()) {
    const modes: ReadonlyArray<Mode> = command.access === "read" ? ["Before"] : ["Before", "Landed", "Late"]
    for (const mode of modes) {
      const end = yield* runOf(controller, key, world, nth, mode)
      runs++
      const where = `crash at command ${nth} (${command._tag}), ${mode}`
      if (!end.isSettled) violations.push(`${where}: does not settle`)
      else if (!Equal.equals(end.observed, calm.observed)) {
        violations.push(`${where}: ${JSON.stringify(end.observed)} instead of ${JSON.stringify(calm.observed)}`)
      }
    }
  }
  return { runs, violations }
})
