/** Objects that the scripts create; what a script gives goes over it. */
import type { ObjectMeta } from "../../../src/domain/kube/Object.ts"
import type { Draft } from "./Script.ts"

const container = {
  name: "valkey",
  image: "valkey/valkey:8",
  ports: [{ name: "valkey", containerPort: 6379 }],
  resources: { requests: { cpu: "100m", memory: "64Mi" } }
}

const claim = {
  metadata: { name: "data", labels: { p: "q" } },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
}

/** As the operator makes them: Parallel, OnDelete, a claim for each pod. */
export const parallelSet = (name: string, replicas: number, spec: object = {}): Draft => ({
  metadata: { name, labels: { x: "yy" } },
  spec: {
    serviceName: `${name}-headless`,
    replicas,
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "OnDelete" },
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { k: "<v>&" } },
      spec: { containers: [{ ...container, volumeMounts: [{ name: "data", mountPath: "/data" }] }] }
    },
    volumeClaimTemplates: [claim],
    ...spec
  }
})

/** With every default: OrderedReady, RollingUpdate, no claims. */
export const plainSet = (name: string, replicas: number, spec: object = {}): Draft => ({
  metadata: { name },
  spec: {
    serviceName: name,
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
    ...spec
  }
})

export const pod = (
  name: string,
  labels: Readonly<Record<string, string>> = {},
  spec: object = {},
  metadata: ObjectMeta = {}
): Draft => ({ metadata: { name, labels, ...metadata }, spec: { containers: [container], ...spec } })

export const service = (name: string, spec: object, metadata: ObjectMeta = {}): Draft => ({
  metadata: { name, ...metadata },
  spec: { ports: [{ name: "valkey", port: 6379, targetPort: "valkey" }], ...spec }
})

export const headless = (name: string, app: string): Draft =>
  service(
    name,
    {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app },
      ports: [
        { name: "valkey", port: 6379, targetPort: "valkey" },
        { name: "bare", port: 9000 }
      ]
    },
    { labels: { app } }
  )

export const budget = (name: string, app: string, spec: object): Draft => ({
  metadata: { name },
  spec: { selector: { matchLabels: { app } }, ...spec }
})

export const configMap = (name: string, metadata: ObjectMeta = {}): Draft => ({
  metadata: { name, ...metadata },
  data: { k: "v" }
})
