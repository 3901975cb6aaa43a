import { firstHost, tasksOfNode } from '../../lib/parallel/slurm_hosts.js';

test.each([
  ['node07', 'node07'],
  ['node[01-04,07],gpu-a', 'node01'],
  ['gpu-a,node[01-04]', 'gpu-a'],
  ['gnode[10,20,25,37]', 'gnode10'],
  ['node[009-011]', 'node009'],
  ['rack[1-2]n[03,05]-ib', 'rack1n03-ib'],
  ['n1.cluster.example.org,n2.cluster.example.org', 'n1.cluster.example.org'],
])('of %s the first host is %s', (list, host) => {
  expect(firstHost(list)).toBe(host);
});

test.each(['', '(null)', 'node[01-04', 'node]', ',node1', 'node[a]', 'no de'])('%j names no host', (list) => {
  expect(firstHost(list)).toBeNull();
});

test.each([
  ['4', 0, 4],
  ['2(x3),1', 0, 2],
  ['2(x3),1', 2, 2],
  ['2(x3),1', 3, 1],
  ['3,1(x2),5', 1, 1],
  ['3,1(x2),5', 3, 5],
])('of %s node %i has %i tasks', (list, node, tasks) => {
  expect(tasksOfNode(list, node)).toBe(tasks);
});

test.each([
  ['2(x3),1', 4],
  ['', 0],
  ['two,2', 1],
])('%j tells nothing of node %i', (list, node) => {
  expect(tasksOfNode(list, node)).toBeNull();
});
