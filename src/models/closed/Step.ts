/**
 * One step of the world: what somebody does to it, under names of its own, and
 * what is different afterwards. What follows by itself is the step `settles`.
 */
import type { Eager, Read } from "../../domain/check/System.ts"
import type { Names } from "../Names.ts"
import * as World from "../World.ts"
import { choosing, mentions, movedDown, renamed } from "./OpaqueNames.ts"
import { changesOf, type Parts, renamedParts, worldOf } from "./Parts.ts"

export type Change<A> = (world: World.World, names: Names) => readonly [World.World, A]

const isAlive = (set: Partial<Parts>, reply: unknown): ((name: string) => boolean) => {
  const all = [...Object.values(set), reply].map(mentions)
  return (name) => all.some((some) => some.has(name))
}

/** The components that `change` changes, and its answer. */
export const stepped = <A>(read: Read<Parts>, change: Change<A>): readonly [Partial<Parts>, A] => {
  const before = worldOf(read)
  const choice = choosing(read.unused)
  const [after, reply] = change(before, choice.names)
  const set = changesOf(before, after)
  if (choice.chosen.size === 0) return [set, reply]
  const renaming = movedDown(choice, isAlive(set, reply))
  return [renamedParts(set, renaming), renaming.size === 0 ? reply : renamed(reply, renaming)]
}

/** The components that a change without an answer changes. */
export const changed = (read: Read<Parts>, change: (world: World.World, names: Names) => World.World): Partial<Parts> =>
  stepped(read, (world, names) => [change(world, names), undefined])[0]

/** Built-in controllers, kubelets and links do what there is to do, but for those that are slow. */
export const settles: Eager<Parts> = {
  name: "the world settles",
  next: (read) => {
    const set = changed(read, World.settle)
    return Object.keys(set).length === 0 ? undefined : set
  }
}
