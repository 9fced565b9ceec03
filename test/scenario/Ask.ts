/** How a scenario speaks to nodes: at the pod's address, with the password of its cluster. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Performs, Transport } from "../../src/domain/Capability.ts"
import { type Command, Get } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { Exchange, Replies } from "../../src/domain/valkey/Wire.ts"
import type { World } from "./Environment.ts"

export const asking =
  (kubernetes: Performs<Command>, exchange: Transport<Exchange, Replies>): World["ask"] =>
  (pod, ...lines) =>
    Effect.gen(function* () {
      const { labels, namespace = "" } = pod.metadata
      const name = `${labels?.["app.kubernetes.io/instance"] ?? ""}-secret`
      const secret = yield* kubernetes.perform(new Get({ resource: Kinds.Secret, namespace, name }))
      const data = secret["data"] as Record<string, Redacted.Redacted<string>>
      const password = Redacted.make(atob(Redacted.value(data["password"]!)))
      const address = (pod["status"] as { podIP: string }).podIP
      return yield* exchange({ address, port: 6379, credentials: { user: "default", password }, lines })
    }).pipe(Effect.orDie)
