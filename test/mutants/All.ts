/** All mutants, as the table lists them. */
import { detection } from "./data/Detection.ts"
import { failover } from "./data/Failover.ts"
import { kube } from "./data/Kube.ts"
import { leading } from "./data/Leading.ts"
import { lease } from "./data/Lease.ts"
import { resources } from "./data/Resources.ts"
import type { Mutant } from "./Mutant.ts"

export const mutants: ReadonlyArray<Mutant> = [...kube, ...lease, ...resources, ...leading, ...detection, ...failover]
