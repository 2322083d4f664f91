// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../../src/AuditRegistry.sol";
import {EpochReport} from "../../src/Types.sol";
import {Asserts, VM} from "./Vm.sol";

/// @dev What validators and nodes do off chain: keys, seed chains, signatures.
abstract contract Actors is Asserts {
    uint64 internal constant GENESIS = 1_700_000_000;
    uint32 internal constant SLOT_SECONDS = 60;
    uint32 internal constant SLOTS_PER_EPOCH = 60;
    uint64 internal constant EPOCH_SECONDS = 3600;
    bytes32 internal constant POLICY = keccak256("policy");
    bytes32 internal constant CLASS = "demo-cpu";
    uint256 internal constant SIGNER_KEY = 0xA11CE;
    uint256 internal constant P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    bytes32 internal constant NODE_KEY_TYPEHASH = keccak256("NodeKey(address operator,bytes32 nodeId)");
    /// @dev anvil's first account: its first contract has the address that the golden vectors name.
    address internal constant DEPLOYER = 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266;

    address internal constant ALICE = address(0xA11);
    address internal constant BOB = address(0xB0B);

    AuditRegistry internal registry;

    function goTo(uint64 epoch) internal {
        VM.warp(GENESIS + uint256(epoch) * EPOCH_SECONDS);
        VM.roll(1000 + epoch);
    }

    // ── validators ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev The seed `distance` hashes before the tip of the chain named by `secret`: a chain of `length` from the secret.
    function seedAt(bytes32 secret, uint256 length, uint256 distance) internal pure returns (bytes32 value) {
        value = secret;
        for (uint256 i = distance; i < length; ++i) {
            assembly ("memory-safe") {
                mstore(0, value)
                value := keccak256(0, 32)
            }
        }
    }

    function registerAlice(bytes32 tip) internal {
        VM.prank(ALICE);
        registry.registerValidator(VM.addr(SIGNER_KEY), tip, "https://alice.example");
    }

    // ── nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    function nodeKey(uint256 privateKey) internal pure returns (bytes32 qx, bytes32 qy, bytes32 nodeId) {
        (uint256 x, uint256 y) = VM.publicKeyP256(privateKey);
        (qx, qy) = (bytes32(x), bytes32(y));
        nodeId = keccak256(abi.encodePacked(qx, qy));
    }

    function possession(uint256 privateKey, address operator) internal view returns (bytes32 r, bytes32 s) {
        (,, bytes32 nodeId) = nodeKey(privateKey);
        bytes32 structHash = keccak256(abi.encode(NODE_KEY_TYPEHASH, operator, nodeId));
        (r, s) = VM.signP256(privateKey, sha256(abi.encodePacked(hex"1901", registry.domainSeparator(), structHash)));
        if (uint256(s) > P256_ORDER / 2) s = bytes32(P256_ORDER - uint256(s));
    }

    function registerNodeOf(address operator, uint256 privateKey) internal returns (bytes32 nodeId) {
        bytes32 qx;
        bytes32 qy;
        (qx, qy, nodeId) = nodeKey(privateKey);
        (bytes32 r, bytes32 s) = possession(privateKey, operator);
        VM.prank(operator);
        registry.registerNode(qx, qy, "https://node.example", CLASS, 24_576, r, s);
    }

    // ── reports ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    function reportOf(address validator, uint64 epoch, bytes32 seed) internal view returns (EpochReport memory report) {
        (,, bytes32 previous) = registry.lastReport(validator);
        report = EpochReport({
            epoch: epoch,
            validator: validator,
            auditRoot: keccak256(abi.encode("audits", validator, epoch)),
            summaryRoot: keccak256(abi.encode("summaries", validator, epoch)),
            due: 10,
            done: 9,
            seed: seed,
            beaconRound: 1000 + epoch,
            nodeCount: registry.nodeCountAt(epoch),
            policyHash: POLICY,
            previous: previous,
            archiveHash: keccak256("archive")
        });
    }

    function signedBy(uint256 key, EpochReport memory report) internal view returns (bytes memory) {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", registry.domainSeparator(), registry.hashReport(report)));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function post(EpochReport memory report) internal {
        registry.postReport(report, signedBy(SIGNER_KEY, report));
    }

    function postExpecting(EpochReport memory report, bytes memory expected) internal {
        bytes memory signature = signedBy(SIGNER_KEY, report);
        VM.expectRevert(expected);
        registry.postReport(report, signature);
    }
}

/// @dev A fresh registry in epoch 0 before each test.
abstract contract RegistryTest is Actors {
    function setUp() public virtual {
        VM.warp(GENESIS);
        VM.prank(DEPLOYER);
        registry = new AuditRegistry(GENESIS, SLOT_SECONDS, SLOTS_PER_EPOCH, POLICY);
    }
}
