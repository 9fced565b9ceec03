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

interface Known {
  readonly parts: ReadonlyMap<string, unknown>
  readonly free: ReadonlyMap<string, string>
  readonly result: readonly [Partial<Parts>, unknown]
}

/** The last few answers to each question: who asks whether there is one soon asks for it. A cache of a pure function. */
const asked = new WeakMap<object, Array<Known>>()
const mostKnown = 4

const isStill = (read: Read<Parts>, { free, parts }: Known): boolean => {
  for (const [name, part] of parts) if (read(name) !== part) return false
  for (const [name, value] of free) {
    const at = name.lastIndexOf(" ")
    if (read.unused(name.slice(0, at), Number(name.slice(at + 1))) !== value) return false
  }
  return true
}

/** The same, found again as long as nothing is different that it read: `question` says which change it is. */
export const answered = <A>(read: Read<Parts>, question: object, change: Change<A>): readonly [Partial<Parts>, A] => {
  const all = asked.get(question) ?? []
  const known = all.find((one) => isStill(read, one))
  // The question was asked with this change before.
  if (known !== undefined) return known.result as readonly [Partial<Parts>, A]
  const parts = new Map<string, unknown>()
  const free = new Map<string, string>()
  const watched: Read<Parts> = Object.assign(
    <K extends keyof Parts & string>(component: K): Parts[K] => {
      const part = read(component)
      parts.set(component, part)
      return part
    },
    {
      unused: (kind: string, nth = 0): string => {
        const name = read.unused(kind, nth)
        free.set(`${kind} ${nth}`, name)
        return name
      }
    }
  )
  const result = stepped(watched, change)
  asked.set(question, [{ parts, free, result }, ...all.slice(0, mostKnown - 1)])
  return result
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
