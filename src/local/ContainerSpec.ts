/**
 * A container's command and environment as they are on this machine: fields of
 * the pod filled in, mount paths replaced by the folders behind them.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Pod } from "../models/kube/controllers/Shapes.ts"
import type { Running } from "./Process.ts"
import type { Sandbox } from "./Sandbox.ts"

export interface ExecProbe {
  readonly exec?: { readonly command?: ReadonlyArray<string> }
  readonly initialDelaySeconds?: number
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
  readonly failureThreshold?: number
  readonly successThreshold?: number
}

interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } }
}

/** What of a container the runner understands. */
export interface Spec {
  readonly name: string
  readonly image?: string
  readonly command?: ReadonlyArray<string>
  readonly args?: ReadonlyArray<string>
  readonly env?: ReadonlyArray<EnvVar>
  readonly volumeMounts?: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>
  readonly readinessProbe?: ExecProbe
  readonly livenessProbe?: ExecProbe
}

/** What an image brings: its programs, and the environment that they need. */
export interface Image {
  readonly path: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  /** Runs the container inside this process instead: its command and its probes are not used. */
  readonly inProcess?: (prepared: Prepared, address: string) => Effect.Effect<InProcess, never, Scope.Scope>
}

/** A container without a process of its own says itself what probes would find. */
export interface InProcess extends Running {
  readonly isReady: Effect.Effect<boolean>
  readonly isAlive: Effect.Effect<boolean>
}

/** The server decodes what it stores, so that containers have the type of their kind. */
export const specOf = (pod: Pod, container: string): Spec | undefined =>
  (pod.spec.containers as ReadonlyArray<Spec>).find(({ name }) => name === container)

const field = (pod: Pod, path: string, address: string): string => {
  switch (path) {
    case "metadata.name":
      return pod.metadata.name ?? ""
    case "metadata.namespace":
      return pod.metadata.namespace ?? ""
    case "metadata.uid":
      return pod.metadata.uid ?? ""
    case "spec.nodeName":
      return pod.spec.nodeName ?? ""
    case "status.podIP":
    case "status.podIPs":
    case "status.hostIP":
      return address
    default:
      return ""
  }
}

/** A path at or below a mount becomes one of this machine; any other text stays. */
const substituted = (text: string, mounts: ReadonlyArray<readonly [path: string, folder: string]>): string => {
  const mount = mounts.find(([path]) => text === path || text.startsWith(`${path}/`))
  return mount === undefined ? text : mount[1] + text.slice(mount[0].length)
}

export interface Prepared {
  readonly env: NodeJS.ProcessEnv
  /** A command line of the container as one of this machine. */
  readonly command: (line: ReadonlyArray<string>) => ReadonlyArray<string>
}

export const prepare = (
  pod: Pod,
  spec: Spec,
  image: Image,
  sandbox: Sandbox,
  volumes: ReadonlyMap<string, string>
): Prepared => {
  const mounts = (spec.volumeMounts ?? []).map(
    ({ mountPath, name }) => [mountPath.replace(/\/$/, ""), volumes.get(name) ?? mountPath] as const
  )
  const given = Object.fromEntries(
    (spec.env ?? []).map(({ name, value, valueFrom }) => [
      name,
      valueFrom?.fieldRef === undefined
        ? substituted(value ?? "", mounts)
        : field(pod, valueFrom.fieldRef.fieldPath, sandbox.address)
    ])
  )
  const path = [...image.path, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":")
  return {
    env: { HOSTNAME: pod.metadata.name, ...image.env, ...given, ...sandbox.env, PATH: path },
    command: (line) => [...sandbox.enter, ...line.map((word) => substituted(word, mounts))]
  }
}
