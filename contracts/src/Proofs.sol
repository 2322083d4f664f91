// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @dev Whether a leaf is in a tree of OpenZeppelin's StandardMerkleTree. A root of zero is something unposted or a tree without
/// leaves: neither contains anything.
/// @param valuesHash keccak256(abi.encode(values)); the leaf is its hash.
function verifyLeaf(bytes32 root, bytes32 valuesHash, bytes32[] calldata proof) pure returns (bool) {
    if (root == bytes32(0)) return false;
    return MerkleProof.verifyCalldata(proof, root, keccak256(abi.encode(valuesHash)));
}
