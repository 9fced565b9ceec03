/** Both operators through a scenario, and what became of the property. */
import * as Effect from "effect/Effect"
import * as Memory from "../../src/interpreters/memory/WorldCluster.ts"
import type { Case } from "./Cases.ts"
import type { Player } from "./Players.ts"
import * as Properties from "./Properties.ts"
import * as Stage from "./Stage.ts"

export interface Played {
  /** Undefined: the property holds. */
  readonly broken: string | undefined
  /** What is still wrong when all that happened is over, and there was time. */
  readonly after: ReadonlyArray<string>
}

export const play = ({ key, property, scenario }: Case, player: Player): Effect.Effect<Played> =>
  Effect.gen(function* () {
    const stage = yield* Stage.make(player)
    yield* scenario(stage)
    const broken = property.broken(yield* stage.trail, key)
    yield* Stage.heal
    yield* Stage.restartAfter(0)
    yield* stage.failover
    const trail = yield* stage.trail
    const after = [Properties.served, Properties.keepsWrites, Properties.oneLeader].flatMap(
      (one) => one.broken(trail, key) ?? []
    )
    return { broken, after }
  }).pipe(Effect.scoped, Effect.provide(Memory.world({ restartMillis: 0 }), { local: true }))
