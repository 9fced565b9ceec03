/** A server of another release, whose pod carries the instance label of a cluster. */
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import { shop } from "./Stage.ts"

const { namespace } = shop

const config: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "cache", namespace },
  data: { "valkey.conf": "port 6379\n" }
}

const pod: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "cache-0",
    namespace,
    labels: { "app.kubernetes.io/name": "cache", "app.kubernetes.io/instance": shop.name }
  },
  spec: {
    containers: [
      {
        name: "cache",
        image: "valkey/valkey:8",
        command: ["valkey-server", "/etc/valkey/valkey.conf"],
        volumeMounts: [
          { name: "config", mountPath: "/etc/valkey" },
          { name: "data", mountPath: "/data" }
        ]
      }
    ],
    volumes: [
      { name: "config", configMap: { name: "cache" } },
      { name: "data", emptyDir: {} }
    ]
  }
}

export const strangers = [
  { resource: Kinds.ConfigMap, object: config },
  { resource: Kinds.Pod, object: pod }
]
