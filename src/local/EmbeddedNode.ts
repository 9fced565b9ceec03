/**
 * The Valkey image of machines without a server: the node model behind a real
 * RESP socket at the pod's address, started from the same files and variables
 * as the real one. The nodes of one image share one network.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { nowhere } from "../domain/valkey/Valkey.ts"
import { directives } from "../models/valkey/Config.ts"
import { type Disk, noDisk } from "../models/valkey/Node.ts"
import type { Image, InProcess, Prepared } from "./ContainerSpec.ts"
import * as LiveNetwork from "./embedded-node/LiveNetwork.ts"
import * as Server from "./embedded-node/Server.ts"

const folderOf = (env: Prepared["env"], name: string): string => env[name] ?? "."

/** What the start script of the pods does: the boot rule, and one password for clients and replication. */
const configOf = (env: Prepared["env"]): Readonly<Record<string, string>> => {
  const password = readFileSync(join(folderOf(env, "AUTH_DIR"), "password"), "utf8").trim()
  return {
    ...directives(readFileSync(join(folderOf(env, "CONFIG_DIR"), "valkey.conf"), "utf8")),
    requirepass: password,
    masterauth: password,
    replicaof: `${nowhere.host} ${nowhere.port}`
  }
}

/** Marks a folder, so that one that was emptied or replaced holds no data of before. */
const markOf = (folder: string): string => {
  const file = join(folder, "embedded-node")
  if (existsSync(file)) return readFileSync(file, "utf8")
  const mark = randomUUID()
  writeFileSync(file, mark, { mode: 0o600 })
  return mark
}

/** An image whose nodes live as long as their containers, and their data as long as the scope. */
export const make: Effect.Effect<Image, never, Scope.Scope> = Effect.gen(function* () {
  const network = yield* LiveNetwork.make
  const disks = new Map<string, Disk>()

  const run = ({ env }: Prepared, address: string): Effect.Effect<InProcess, never, Scope.Scope> =>
    Effect.try({
      try: () => ({ config: configOf(env), mark: markOf(folderOf(env, "DATA_DIR")) }),
      catch: (cause) => (cause instanceof Error ? cause.message : String(cause))
    }).pipe(
      Effect.matchEffect({
        onSuccess: ({ config, mark }) =>
          Server.start(network, {
            address,
            port: Number(env["VALKEY_PORT"] ?? 6379),
            config,
            disk: disks.get(mark) ?? noDisk,
            onEnd: (disk) => disks.set(mark, disk)
          }),
        onFailure: (detail) =>
          Effect.as(Effect.logWarning(`the embedded node ${address} does not start: ${detail}`), Server.ended(1))
      })
    )
  return { path: [], env: {}, inProcess: run }
})
