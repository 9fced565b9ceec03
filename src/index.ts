/**
 * `gungnir`: the operator as a value, for those who run it inside a process of
 * their own: `operate` in `stack`, over live transports or any others.
 */
export { awaitEnd, electionTimings, operate, type Options, stack } from "./bin/Operator.ts"
export { crd, crdYaml } from "./domain/valkey/Cluster.ts"
export { defaults, type Settings } from "./domain/valkey/Settings.ts"
export * as LeaderElection from "./programs/kube/LeaderElection.ts"
export * as LiveKubernetes from "./interpreters/live/Kubernetes.ts"
export * as LiveValkey from "./interpreters/live/Valkey.ts"
export { version } from "./bin/Version.ts"
