/**
 * Keeps everything where the record says: replicas attached to the primary,
 * clients led to it, its guard as desired.
 */
import * as Effect from "effect/Effect"
import type { NotLeader } from "../../domain/Capability.ts"
import type { Straggler } from "../../domain/valkey/Decision.ts"
import { Fence, KillClients, type Node, ReplicaOf, Valkey } from "../../domain/valkey/Valkey.ts"
import { answerOf } from "./Observe.ts"
import { answered, repointed, type Scene } from "./Scene.ts"

/**
 * Points one node at the primary. A rogue primary is fenced first: what it
 * holds beyond the common history is about to be discarded, and the log says
 * how much (`failover:7.5` step 7, M16).
 */
const attach = Effect.fnUntraced(function* (
  primary: Node,
  { isRogue, node }: Straggler
): Effect.fn.Return<(scene: Scene) => Scene, NotLeader, Valkey> {
  return yield* Effect.gen(function* () {
    if (isRogue) {
      const { offset, secondOffset } = yield* Valkey.perform(new Fence({ node }))
      yield* Effect.logWarning(`demotes ${node.pod}: its offset is ${offset}, its own history began at ${secondOffset}`)
    }
    yield* Valkey.perform(new ReplicaOf({ node, primary }))
    // Its clients would stay with it for ever (`failover:5.6`, M17).
    if (isRogue) yield* Valkey.perform(new KillClients({ node }))
    return (scene: Scene) => repointed(scene, node, primary)
  }).pipe(
    Effect.catchTag("NodeError", (error) =>
      Effect.as(Effect.logWarning(error.message), (scene: Scene) => answered(scene, node.pod, answerOf(error)))
    )
  )
})

/** Attaches all of them at once; one that fails is left for the next pass and delays nobody. */
export const reattach = Effect.fnUntraced(function* (
  scene: Scene,
  primary: Node,
  stragglers: ReadonlyArray<Straggler>
): Effect.fn.Return<Scene, NotLeader, Valkey> {
  const results = yield* Effect.forEach(stragglers, (straggler) => attach(primary, straggler), {
    concurrency: "unbounded"
  })
  return results.reduce((now, apply) => apply(now), scene)
})
