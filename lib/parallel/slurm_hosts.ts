/**
 * The first host of a list as Slurm writes it: `node[01-04,07],gpu-a` → `node01`, `rack[1-2]n[03,05]-ib` → `rack1n03-ib`.
 * @returns null where the list cannot be understood
 */
export function firstHost(list: string): string | null {
  // Commas within brackets separate numbers, others separate hosts.
  const first = /^((?:[^,[\]]|\[[^[\]]*\])+)(?:,|$)/.exec(list)?.[1] ?? '';
  const host = first.replace(/\[(\d+)[^\]]*\]/g, '$1');
  return /^[\w.-]+$/.test(host) ? host : null;
}

/**
 * How many tasks a node of a job has, from 0 on, in a list as Slurm writes it: of `2(x3),1` the nodes 0 to 2 have two each, node 3
 * has one.
 * @returns null where the list has no such node, or cannot be understood
 */
export function tasksOfNode(list: string, node: number): number | null {
  let end = 0;
  for (const part of list.split(',')) {
    const [, tasks, nodes] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part) ?? [];
    if (tasks === undefined) return null;
    end += Number(nodes ?? 1);
    if (node < end) return Number(tasks);
  }
  return null;
}
