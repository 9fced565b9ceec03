/** Clusters for tests: as the API server would answer them. */
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"

export const object = (spec: object, metadata: object = {}, status?: object): KubeObject => ({
  apiVersion: "valkey.verilean.io/v1",
  kind: "ValkeyCluster",
  metadata: { name: "cache", namespace: "shop", uid: "uid-1", resourceVersion: "7", generation: 2, ...metadata },
  spec,
  ...(status === undefined ? {} : { status })
})

export const cluster = (spec: object = {}, metadata: object = {}): Cluster.Cluster => {
  const decoded = Cluster.decode(object(spec, metadata))
  if (Exit.isFailure(decoded)) throw new Error(String(decoded.cause))
  return decoded.value
}

const Word = Schema.String.check(Schema.isPattern(/^[a-z]{1,8}$/))
const Words = Schema.Record(Word, Word)
const Amount = Schema.Literals(["100m", "0.5", "1", "1000m", "64Mi", "65536Ki", "1Gi", "1024Mi"])
const amounts = <const A extends ReadonlyArray<string>>(of: A) =>
  Schema.optionalKey(Schema.Record(Schema.Literals(["cpu", "memory"]), Schema.Literals(of)))

/** Specs that keep all rules, with every field that is built. */
export const ValidSpec = Schema.Struct({
  replicas: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })),
  port: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 })),
  image: Word,
  persistence: Schema.Struct({
    enabled: Schema.Boolean,
    storageSize: Amount,
    storageClassName: Schema.optionalKey(Word)
  }),
  resources: Schema.optionalKey(
    // No request above its limit: the API server refuses that.
    Schema.Struct({ requests: amounts(["100m", "0.5", "500m"]), limits: amounts(["1", "1000m", "64Mi", "65536Ki"]) })
  ),
  durability: Schema.Literals(["available", "balanced", "strict"]),
  labels: Words,
  annotations: Words,
  nodeSelector: Words,
  restoreFrom: Schema.optionalKey(Schema.Struct({ backupName: Word }))
})
