/**
 * Clients of a Valkey cluster: they write where its Service leads, and remember
 * what was answered OK. Each write is a key of its own.
 */
import type { Action, Read } from "../../domain/check/System.ts"
import type { Key } from "../../domain/Controller.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import * as Keys from "../valkey/Keys.ts"
import { line } from "../valkey/Exchange.ts"
import { type Endpoint, endpoint, hears, type Node } from "../valkey/Node.ts"
import { kindIn, type Parts, worldOf } from "./Parts.ts"
import { stepped } from "./Step.ts"

interface Slice {
  readonly endpoints?: ReadonlyArray<{
    readonly addresses?: ReadonlyArray<string>
    readonly conditions?: { readonly ready?: boolean }
  }> | null
  readonly ports?: ReadonlyArray<{ readonly port?: number }> | null
}

/** Who a new connection through the Service reaches: ready addresses of its slices. */
export const reached = (read: Read<Parts>, service: Key): ReadonlyArray<Endpoint> =>
  [...kindIn(read, Kinds.EndpointSlice).values()]
    .filter(
      ({ metadata }) =>
        metadata.namespace === service.namespace && metadata.labels?.["kubernetes.io/service-name"] === service.name
    )
    .flatMap((object) => {
      // Stored slices are decoded.
      const { endpoints, ports } = object as unknown as Slice
      const port = ports?.[0]?.port ?? 0
      return (endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses = [] }) => addresses.map((address) => endpoint(address, port)))
    })

const write = (node: Node, read: Read<Parts>, key: string) =>
  stepped(read, (world, names) => {
    const session = { user: "default", queue: undefined, isBroken: false, wrote: 0 }
    const [valkey, , reply] = line(world.valkey, endpoint(node.address, node.port), session, ["SET", key, "1"], names)
    return [{ ...world, valkey }, reply]
  })

/** One write to whoever the Service leads to; a refusal is no step. */
export const writes = (budget: string, service: Key): Action<Parts> => ({
  name: "a client writes",
  fairness: { budget },
  *outcomes(read) {
    const clients = read("clients")
    const key = `k${clients.next}`
    for (const id of reached(read, service)) {
      const node = worldOf(read).valkey.nodes[id]
      if (node?.phase !== "running" || !hears(read("valkey"), "client", id)) continue
      const [set, reply] = write(node, read, key)
      if (reply !== "OK") continue
      yield {
        key: id,
        says: `a client writes ${key} to ${id}: OK`,
        set: { ...set, clients: { acknowledged: [...clients.acknowledged, key], next: clients.next + 1 } }
      }
    }
  }
})

/** What clients were promised and this server does not have. */
export const missingIn = (read: Read<Parts>, node: Node): ReadonlyArray<string> =>
  read("clients").acknowledged.filter((key) => Keys.get(node.data, key) === undefined)
