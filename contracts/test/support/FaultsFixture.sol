// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FaultProver} from "../../src/FaultProver.sol";
import {SlashQueue} from "../../src/SlashQueue.sol";
import {StakeManager} from "../../src/StakeManager.sol";
import {TestToken} from "../../src/TestToken.sol";
import {EpochReport, EpochRoot} from "../../src/Types.sol";
import {RegistryDouble} from "./RegistryDouble.sol";
import {Vectors} from "./Vectors.sol";
import {VM} from "./Vm.sol";
import {VMX} from "./VmMore.sol";

/// @dev The fault prover with real stakes over a registry's double, at the addresses and with the keys of faults.json: anvil's
/// first account deploys registry, token, stakes and prover, in this order.
abstract contract FaultsFixture is Vectors {
    uint64 internal constant EPOCH = 7;
    uint64 internal constant UNBONDING = 1000;
    uint256 internal constant SIGNER_KEY = 0xA11CE;
    uint256 internal constant SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 internal constant P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    address internal constant DEPLOYER = 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266;
    address internal constant ALICE = address(0xA11);
    address internal constant BOB = address(0xB0B);
    address internal constant REPORTER = address(0x4E);

    RegistryDouble internal registry;
    StakeManager internal stakes;
    FaultProver internal prover;

    /// @param chain Which of the file's drand chains the prover knows: 0 quicknet, 1 the test key.
    function deploy(uint64 genesis, uint256 chain) internal {
        load("test/vectors/faults.json");
        address stakesAddress = VMX.computeCreateAddress(DEPLOYER, 2);
        address proverAddress = VMX.computeCreateAddress(DEPLOYER, 3);
        FaultProver.DrandKey memory key = drandKey(chain);
        VM.startPrank(DEPLOYER);
        registry = new RegistryDouble(genesis);
        TestToken token = new TestToken("Test", "TST", 1e24);
        stakes = new StakeManager(
            StakeManager.Setup({
                token: address(token),
                registry: address(registry),
                prover: proverAddress,
                guardian: address(0),
                validatorMin: 1,
                nodeMin: 1,
                unbondingSeconds: UNBONDING,
                slashDelaySeconds: 100,
                slashCapPpm: 100_000,
                reporterSharePpm: 100_000,
                penaltyCapPpm: 10_000,
                pauseSecondsMax: 0
            })
        );
        prover = new FaultProver(address(registry), stakesAddress, key);
        VM.stopPrank();
        same(address(registry), account(".domain.registry"), "the registry of the vectors");
        same(address(stakes), stakesAddress, "stakes");
        same(address(prover), proverAddress, "prover");
        registry.setSigner(ALICE, EPOCH, VM.addr(SIGNER_KEY));
    }

    function drandKey(uint256 chain) internal view returns (FaultProver.DrandKey memory key) {
        bytes32[] memory found = words(string.concat(".drand[", VM.toString(chain), "].keyWords"));
        for (uint256 i = 0; i < 8; ++i) {
            key.words[i] = found[i];
        }
    }

    // ── statements ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function digestOf(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", registry.domainSeparator(), structHash));
    }

    /// @dev In the 65-byte form, or in the 64-byte form of EIP-2098.
    function signDigest(uint256 key, bytes32 digest, bool compact) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return compact ? abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255)) : abi.encodePacked(r, s, v);
    }

    function signReport(uint256 key, EpochReport memory report, bool compact) internal view returns (bytes memory) {
        return signDigest(key, digestOf(registry.hashReport(report)), compact);
    }

    function signRoot(uint256 key, EpochRoot memory root, bool compact) internal view returns (bytes memory) {
        return signDigest(key, digestOf(registry.hashRoot(root)), compact);
    }

    /// @dev The same signature's other form, which ecrecover accepts and nobody else may.
    function highS(bytes memory signature) internal pure returns (bytes memory) {
        (bytes32 r, uint256 s, uint8 v) = (word32(signature, 0), uint256(word32(signature, 32)), uint8(signature[64]));
        return abi.encodePacked(r, SECP256K1_ORDER - s, v == 27 ? uint8(28) : uint8(27));
    }

    function word32(bytes memory source, uint256 offset) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := mload(add(add(source, 32), offset))
        }
    }

    /// @dev Calldata without its selector.
    function argumentsOf(bytes memory calldata_) internal pure returns (bytes memory out) {
        out = new bytes(calldata_.length - 4);
        for (uint256 i = 0; i < out.length; ++i) {
            out[i] = calldata_[i + 4];
        }
    }

    // ── outcomes ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Sends a vector's calldata and expects what a proof brings about; then that the same proof works once only.
    function expectProven(bytes memory calldata_, uint8 kind, address offender, bytes32 id, uint32 ppm, bytes32 key)
        internal
    {
        uint256 slashId = stakes.slashCount();
        no(prover.proven(key), "not yet");
        VM.expectEmit(true, true, true, true, address(prover));
        emit FaultProver.FaultProven(kind, offender, key, REPORTER, slashId);
        VM.prank(REPORTER);
        (bool success, bytes memory returned) = address(prover).call(calldata_);
        yes(success, "proven");
        same(abi.decode(returned, (uint256)), slashId, "slash");
        SlashQueue.Slash memory found = stakes.slashOf(slashId);
        same(found.owner, offender, "owner");
        same(found.id, id, "id");
        same(found.ppm, ppm, "share");
        same(found.reporter, REPORTER, "reporter");
        same(found.faultKey, key, "key");
        yes(prover.proven(key), "proven now");
        expectRefused(calldata_, abi.encodeWithSelector(FaultProver.AlreadyProven.selector, key));
    }

    /// @dev Until when, inclusively, a validator's faults of the epoch can be proven.
    function provableUntil(uint64 epoch) internal view returns (uint256) {
        return registry.epochStart(epoch + 1) + UNBONDING;
    }

    /// @dev At any moment after the last one, be it long after, the call is refused for its age.
    function expectTooOld(bytes memory calldata_, uint256 later) internal {
        uint256 until = provableUntil(EPOCH);
        bytes memory reason = abi.encodeWithSelector(FaultProver.FaultTooOld.selector, EPOCH, until);
        VM.warp(until + 1);
        expectRefused(calldata_, reason);
        VM.warp(until + between(later, 1, 100 * 365 days));
        expectRefused(calldata_, reason);
    }

    function expectRefused(bytes memory calldata_, bytes memory reason) internal {
        uint256 count = stakes.slashCount();
        (bool success, bytes memory returned) = address(prover).call(calldata_);
        no(success, "refused");
        same(keccak256(returned), keccak256(reason), "the reason");
        same(stakes.slashCount(), count, "nothing is queued");
    }
}
