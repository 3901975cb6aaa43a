import { Root } from 'protobufjs/light';

/**
 * The part of ONNX's published schema (`onnx.proto`) that a network of float32 tensors needs: its message names, its
 * field names, its field numbers. Only the two messages that it nests in others have names of our own.
 */

const optional = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

const modelProto = Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        ir_version: optional('int64', 1),
        producer_name: optional('string', 2),
        producer_version: optional('string', 3),
        graph: optional('GraphProto', 7),
        opset_import: repeated('OperatorSetIdProto', 8),
      },
    },
    OperatorSetIdProto: { fields: { domain: optional('string', 1), version: optional('int64', 2) } },
    GraphProto: {
      fields: {
        node: repeated('NodeProto', 1),
        name: optional('string', 2),
        initializer: repeated('TensorProto', 5),
        input: repeated('ValueInfoProto', 11),
        output: repeated('ValueInfoProto', 12),
      },
    },
    NodeProto: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: optional('string', 3),
        op_type: optional('string', 4),
        attribute: repeated('AttributeProto', 5),
      },
    },
    AttributeProto: {
      fields: {
        name: optional('string', 1),
        f: optional('float', 2),
        i: optional('int64', 3),
        ints: repeated('int64', 8),
        type: optional('int32', 20),
      },
    },
    TensorProto: {
      fields: {
        dims: repeated('int64', 1),
        data_type: optional('int32', 2),
        name: optional('string', 8),
        raw_data: optional('bytes', 9),
      },
    },
    ValueInfoProto: { fields: { name: optional('string', 1), type: optional('TypeProto', 2) } },
    TypeProto: { fields: { tensor_type: optional('TensorTypeProto', 1) } },
    TensorTypeProto: {
      fields: { elem_type: optional('int32', 1), shape: optional('TensorShapeProto', 2) },
    },
    TensorShapeProto: { fields: { dim: repeated('DimensionProto', 1) } },
    DimensionProto: { fields: { dim_value: optional('int64', 1), dim_param: optional('string', 2) } },
  },
}).lookupType('ModelProto');

/** The numbers of TensorProto.DataType and AttributeProto.AttributeType. */
const dataType = { float: 1, int64: 7 } as const;
const attributeType = { float: 1, int: 2, ints: 7 } as const;

/** IR 8 with operator set 17: ONNX 1.12 of 2022, which runtimes have taken since then. */
const irVersion = 8;
const opset = 17;

export type Attribute = ReturnType<typeof float> | ReturnType<typeof int> | ReturnType<typeof ints>;
export type TensorProto = ReturnType<typeof floatTensor>;
export type Value = ReturnType<typeof floatValue>;

/** One operator, with the names of what it reads and of what it makes. */
export interface Node {
  readonly op_type: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Attribute[];
}

/** A network: nodes in the order of their computation, and the tensors that they read. */
export interface Graph {
  readonly name: string;
  readonly node: readonly Node[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly Value[];
  readonly output: readonly Value[];
}

export const float = (name: string, f: number) => ({ name, f, type: attributeType.float });
export const int = (name: string, i: number) => ({ name, i, type: attributeType.int });
export const ints = (name: string, values: readonly number[]) => ({
  name,
  ints: values,
  type: attributeType.ints,
});

/** A float32 tensor in C order; a view of its data, not a copy. */
export function floatTensor(name: string, dims: readonly number[], data: Float32Array) {
  return { name, dims, data_type: dataType.float as number, raw_data: bytesOf(data) };
}

/** A list of integers as an int64 tensor. */
export function int64Tensor(name: string, values: readonly number[]): TensorProto {
  const data = BigInt64Array.from(values, BigInt);
  return { name, dims: [values.length], data_type: dataType.int64, raw_data: bytesOf(data) };
}

/** An input or an output of a graph: float32, of any number of items, which is called N, of the shape `item`. */
export function floatValue(name: string, item: readonly number[]) {
  const dim = [{ dim_param: 'N' }, ...item.map((size) => ({ dim_value: size }))];
  return { name, type: { tensor_type: { elem_type: dataType.float, shape: { dim } } } };
}

/** The bytes of an ONNX file that holds `graph`. */
export function encodeModel(graph: Graph, producerVersion: string): Uint8Array {
  const model = {
    ir_version: irVersion,
    producer_name: 'dcgan-native',
    producer_version: producerVersion,
    opset_import: [{ domain: '', version: opset }],
    graph,
  };
  return modelProto.encode(model).finish();
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
