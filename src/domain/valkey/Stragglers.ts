/**
 * Nodes that answer and do not follow the primary: returned primaries, replicas
 * that have restarted, new pods (`gungnir:W9`, `gungnir:W10`).
 */
import type { Straggler } from "./Decision.ts"
import { follows, present, type Situation } from "./Situation.ts"
import type { Node } from "./Valkey.ts"

/** A node that loads its dataset refuses REPLICAOF, so it is not asked yet. */
export const stragglersOf = (situation: Situation, primary: Node): ReadonlyArray<Straggler> =>
  present(situation)
    .filter(({ facts, node }) => node.pod !== primary.pod && !facts.loading && !follows(facts, primary))
    .map(({ facts, node }) => ({ node, isRogue: facts.role === "primary" }))
