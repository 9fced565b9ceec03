/**
 * The keys of a server as plain data that is shared between states: a tree of
 * small records, so that a write copies a few dozen entries and not all of them.
 * Equal contents have equal shape, whatever the order of writes.
 */

interface Leaf {
  readonly count: number
  readonly entries: Readonly<Record<string, string>>
}

interface Branch {
  readonly count: number
  readonly parts: ReadonlyArray<Keys>
}

export type Keys = Leaf | Branch

const leafSize = 16
const fanout = 16
/** Sixteen parts take four bits of a hash of thirty-two. */
const deepest = 8

export const empty: Keys = { count: 0, entries: {} }

const hashOf = (key: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return hash
}

const part = (hash: number, depth: number): number => (hash >>> (depth * 4)) & (fanout - 1)

export const get = (keys: Keys, key: string): string | undefined => {
  const hash = "parts" in keys ? hashOf(key) : 0
  let now = keys
  for (let depth = 0; "parts" in now; depth++) now = now.parts[part(hash, depth)]!
  return Object.hasOwn(now.entries, key) ? now.entries[key] : undefined
}

export const entries = (keys: Keys): ReadonlyArray<readonly [string, string]> =>
  "parts" in keys ? keys.parts.flatMap(entries) : Object.entries(keys.entries)

const byKey = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : a > b ? 1 : 0)

const leaf = (all: ReadonlyArray<readonly [string, string]>): Leaf => ({
  count: all.length,
  entries: Object.fromEntries([...all].sort(byKey))
})

const split = (all: ReadonlyArray<readonly [string, string]>, depth: number): Branch => ({
  count: all.length,
  parts: Array.from({ length: fanout }, (_, index) => leaf(all.filter(([key]) => part(hashOf(key), depth) === index)))
})

const replace = (branch: Branch, index: number, now: Keys): Branch => {
  const parts = branch.parts.slice()
  const before = parts[index]!
  parts[index] = now
  return { count: branch.count - before.count + now.count, parts }
}

const setAt = (keys: Keys, key: string, value: string, hash: number, depth: number): Keys => {
  if ("parts" in keys) {
    const index = part(hash, depth)
    return replace(keys, index, setAt(keys.parts[index]!, key, value, hash, depth + 1))
  }
  if (Object.hasOwn(keys.entries, key)) return { count: keys.count, entries: { ...keys.entries, [key]: value } }
  const all = [...Object.entries(keys.entries), [key, value] as const]
  return all.length > leafSize && depth < deepest ? split(all, depth) : leaf(all)
}

export const set = (keys: Keys, key: string, value: string): Keys => setAt(keys, key, value, hashOf(key), 0)

const removeAt = (keys: Keys, key: string, hash: number, depth: number): Keys => {
  if ("parts" in keys) {
    const index = part(hash, depth)
    const now = replace(keys, index, removeAt(keys.parts[index]!, key, hash, depth + 1))
    return now.count > leafSize ? now : leaf(entries(now))
  }
  const { [key]: _, ...rest } = keys.entries
  return { count: keys.count - 1, entries: rest }
}

export const remove = (keys: Keys, key: string): Keys =>
  get(keys, key) === undefined ? keys : removeAt(keys, key, hashOf(key), 0)

/** All keys and values as one record: for tests and laws. */
export const toRecord = (keys: Keys): Readonly<Record<string, string>> => Object.fromEntries(entries(keys))
