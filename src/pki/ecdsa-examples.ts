/**
 * Signatures that standards print as examples, two keys on each curve: what known answers are made of.
 * Sources: RFC 6979, A.2.5 and A.2.6, message `sample`; RFC 4754, 8.1 and 8.2, message `abc`.
 */
import type { DigestName } from '../bytes/digest.js';

export type CurveName = 'P-256' | 'P-384';

export interface EcdsaExample {
  readonly source: string;
  readonly crv: CurveName;
  readonly hash: DigestName;
  readonly message: string;
  /** Public point and signature, hex, big endian. */
  readonly x: string;
  readonly y: string;
  readonly r: string;
  readonly s: string;
}

/** Orders of the groups, hex, big endian (SEC 2, 2.4.2 and 2.5.1). */
export const ORDERS: Readonly<Record<CurveName, string>> = {
  'P-256': 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  'P-384': 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
};

export const ECDSA_EXAMPLES: readonly EcdsaExample[] = [
  {
    source: 'RFC 6979',
    crv: 'P-256',
    hash: 'sha256',
    message: 'sample',
    x: '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
    y: '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    r: 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
    s: 'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  },
  {
    source: 'RFC 4754',
    crv: 'P-256',
    hash: 'sha256',
    message: 'abc',
    x: '2442a5cc0ecd015fa3ca31dc8e2bbc70bf42d60cbca20085e0822cb04235e970',
    y: '6fc98bd7e50211a4a27102fa3549df79ebcb4bf246b80945cddfe7d509bbfd7d',
    r: 'cb28e0999b9c7715fd0a80d8e47a77079716cbbf917dd72e97566ea1c066957c',
    s: '86fa3bb4e26cad5bf90b7f81899256ce7594bb1ea0c89212748bff3b3d5b0315',
  },
  {
    source: 'RFC 6979',
    crv: 'P-384',
    hash: 'sha384',
    message: 'sample',
    x: 'ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13',
    y: '8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720',
    r: '94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46',
    s: '99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
  },
  {
    source: 'RFC 4754',
    crv: 'P-384',
    hash: 'sha384',
    message: 'abc',
    x: '96281bf8dd5e0525ca049c048d345d3082968d10fedf5c5aca0c64e6465a97ea5ce10c9dfec21797415710721f437922',
    y: '447688ba94708eb6e2e4d59f6ab6d7edff9301d249fe49c33096655f5d502fad3d383b91c5e7edaa2b714cc99d5743ca',
    r: 'fb017b914e29149432d8bac29a514640b46f53ddab2c69948084e2930f1c8f7e08e07c9c63f2d21a07dcb56a6af56eb3',
    s: 'b263a1305e057f984d38726a1b46874109f417bca112674c528262a40a629af1cbb9f516ce0fa7d2ff630863a00e8b9f',
  },
];
