/**
 * Connections that one process holds to the nodes that its objects name: when
 * one ends, or there is none to be had, its key is woken.
 */
import type { Components, Eager } from "../../../domain/check/System.ts"
import { type Key, keyText } from "../../../domain/Controller.ts"
import * as Reflector from "../../../domain/kube/Reflector.ts"
import * as Sources from "../../../domain/kube/Sources.ts"
import { AwaitEnd } from "../../../domain/valkey/Valkey.ts"
import type { Outside } from "../../../models/closed/Outside.ts"
import { Draft } from "./Draft.ts"
import type { Held, Operator, Running } from "./Operator.ts"
import * as Passes from "./Passes.ts"

interface Node {
  readonly address: string
  readonly key: Key
}

const textOf = ({ address, key }: Node): string => `${address} ${keyText(key)}`

/** All that the cached objects name, each once. */
const named = (draft: Draft, operator: Operator, { controller, namespace }: Running): ReadonlyMap<string, Node> => {
  const nodes = new Map<string, Node>()
  for (const source of controller.sources) {
    if (source._tag !== "Nodes") continue
    const scope = Reflector.scopeText(Sources.scopeOf(source, namespace))
    const watching = operator.watching.find(({ text }) => text === scope)
    for (const object of watching === undefined ? [] : draft.get(watching.state).objects) {
      for (const node of source.nodesOf(object)) nodes.set(textOf(node), node)
    }
  }
  return nodes
}

/** As `awaitEnd` of `bin`: no answer, as long as there is a connection. */
const wireOf = (address: string): unknown => {
  const colon = address.lastIndexOf(":")
  const node = { pod: address, address: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
  return new AwaitEnd({ node }).encode()
}

const isSame = (one: Held, other: Held): boolean => {
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key])
}

const hold = (outside: Outside<Components>, operator: Operator, running: Running, draft: Draft): boolean => {
  const before = draft.get(running.held)
  const nodes = Passes.isOn(draft, operator, running) ? named(draft, operator, running) : new Map<string, Node>()
  const now: Record<string, boolean> = {}
  for (const [text, { address }] of nodes) {
    now[text] = outside.serve("valkey", wireOf(address), draft.now, operator.name).reply === undefined
  }
  if (isSame(before, now)) return false
  draft.put(running.held, now)
  for (const [text, { key }] of nodes) {
    if (now[text] === false && before[text] !== false)
      Passes.dispatch(draft, running, keyText(key), { _tag: "Triggered" })
  }
  return true
}

export const eager = (outside: Outside<Components>, operator: Operator): ReadonlyArray<Eager<Components>> =>
  operator.running
    .filter(({ controller }) => controller.sources.some(({ _tag }) => _tag === "Nodes"))
    .map((running) => ({
      name: `${operator.name}: connections of ${running.controller.name}`,
      next: (read) => {
        const draft = new Draft(read)
        return hold(outside, operator, running, draft) ? draft.set : undefined
      }
    }))
