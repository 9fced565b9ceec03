/**
 * What stands for the Valkey image on this machine: an installed server, found
 * by `Servers.ts`, else the node model in this process.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { dirname } from "node:path"
import type { Image } from "./ContainerSpec.ts"
import * as EmbeddedNode from "./EmbeddedNode.ts"
import { find } from "./Servers.ts"

export interface Valkey {
  readonly image: Image
  readonly nodes: "valkey-server" | "embedded"
}

/** Undefined when the machine has no server; installs nothing. */
const installed = (): Image | undefined => {
  const server = find("valkey-server")
  const cli = find("valkey-cli")
  return server === undefined || cli === undefined
    ? undefined
    : { path: [...new Set([dirname(server.command), dirname(cli.command)])], env: { ...server.env } }
}

/** `isEmbedded`: the node model although a server is there. */
export const valkey = (isEmbedded: boolean): Effect.Effect<Valkey, never, Scope.Scope> =>
  Effect.gen(function* () {
    const image = isEmbedded ? undefined : installed()
    return image === undefined
      ? { image: yield* EmbeddedNode.make, nodes: "embedded" }
      : { image, nodes: "valkey-server" }
  })
