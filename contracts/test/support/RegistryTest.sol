// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../../src/AuditRegistry.sol";
import {EpochReport, EpochRoot} from "../../src/Types.sol";
import {StakesDouble} from "./StakesDouble.sol";
import {Asserts, VM} from "./Vm.sol";

/// @dev What validators and nodes do off chain: keys, seed chains, signatures.
abstract contract Actors is Asserts {
    uint64 internal constant GENESIS = 1_700_000_000;
    uint32 internal constant SLOT_SECONDS = 60;
    uint32 internal constant SLOTS_PER_EPOCH = 60;
    uint64 internal constant EPOCH_SECONDS = 3600;
    uint32 internal constant REPORT_SECONDS = 900;
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
    StakesDouble internal stakes;

    function setupOf(address stakesAddress) internal pure returns (AuditRegistry.Setup memory) {
        return AuditRegistry.Setup({
            genesis: GENESIS,
            slotSeconds: SLOT_SECONDS,
            slotsPerEpoch: SLOTS_PER_EPOCH,
            reportSeconds: REPORT_SECONDS,
            policyHash: POLICY,
            stakes: stakesAddress
        });
    }

    function goTo(uint64 epoch) internal {
        VM.warp(GENESIS + uint256(epoch) * EPOCH_SECONDS);
        VM.roll(1000 + epoch);
    }

    /// @dev The first moment at which a root of `epoch` is accepted, and its reports no more.
    function goToReveal(uint64 epoch) internal {
        goTo(epoch + 1);
        VM.warp(block.timestamp + REPORT_SECONDS);
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

    /// @dev Alice's report, or another one of her key, posted while it is accepted.
    function postInTime(EpochReport memory report) internal {
        goTo(report.epoch + 1);
        post(report);
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

    // ── consensus roots ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Validator number i of a crowd: its operator and its signer's key.
    function operatorOf(uint256 i) internal pure returns (address) {
        return address(uint160(0x1000 + i));
    }

    function keyOf(uint256 i) internal pure returns (uint256) {
        return 0x5EED0000 + i;
    }

    /// @dev Registers number i with this stake.
    function registerNumber(uint256 i, uint256 stake) internal {
        stakes.setQuietly(operatorOf(i), 0, stake);
        VM.prank(operatorOf(i));
        registry.registerValidator(VM.addr(keyOf(i)), keccak256("tip"), "https://v.example");
    }

    /// @dev Numbers 0 to count − 1 register with equal stakes.
    function registerCrowd(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) {
            registerNumber(i, 5_000);
        }
    }

    function rootOf(uint64 epoch) internal view returns (EpochRoot memory) {
        (, bytes32 previous) = registry.lastRoot();
        return EpochRoot({
            epoch: epoch,
            round: 0,
            scoreRoot: keccak256(abi.encode("scores", epoch)),
            rewardRoot: keccak256(abi.encode("rewards", epoch)),
            penaltyRoot: keccak256(abi.encode("penalties", epoch)),
            reportSetHash: keccak256(abi.encode("reports", epoch)),
            nodeSetRoot: keccak256(abi.encode("nodes", epoch)),
            previousRoot: previous,
            policyHash: POLICY
        });
    }

    /// @dev r ‖ vs of EIP-2098.
    function rootSignedBy(uint256 key, EpochRoot memory root) internal view returns (bytes memory) {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", registry.domainSeparator(), registry.hashRoot(root)));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, bytes32(uint256(s) | uint256(v - 27) << 255));
    }

    /// @dev The signatures of a crowd in which number i has seat i.
    function rootSignedByCrowd(EpochRoot memory root, uint256 bitmap) internal view returns (bytes memory signatures) {
        for (uint256 i = 0; bitmap >> i != 0; ++i) {
            if (bitmap >> i & 1 == 1) signatures = abi.encodePacked(signatures, rootSignedBy(keyOf(i), root));
        }
    }

    function postRoot(EpochRoot memory root, uint256 bitmap) internal {
        registry.postEpoch(root, bitmap, rootSignedByCrowd(root, bitmap));
    }

    function postRootExpecting(EpochRoot memory root, uint256 bitmap, bytes memory expected) internal {
        bytes memory signatures = rootSignedByCrowd(root, bitmap);
        VM.expectRevert(expected);
        registry.postEpoch(root, bitmap, signatures);
    }
}

/// @dev A fresh registry in epoch 0 before each test, where everybody has stake.
abstract contract RegistryTest is Actors {
    function setUp() public virtual {
        VM.warp(GENESIS);
        stakes = new StakesDouble();
        VM.prank(DEPLOYER);
        registry = new AuditRegistry(setupOf(address(stakes)));
        stakes.attach(registry);
    }
}
